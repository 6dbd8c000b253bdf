import type { Tensor } from '@tensorflow/tfjs-core';
import { FarziError } from '../errors.js';
import { concat, flatten, leaf, reshape, slice } from '../program/expressions.js';
import { type Node, sizeOf } from '../program/node.js';
import type { RandomStream } from '../random/stream.js';
import type { InitialDistribution, Parameters, ParameterSpec, ParameterSpecs } from './parameters.js';

/** One parameter tensor's place in the flat vector of all. */
export interface LayoutEntry {
  /** `blocks.0.query` */
  readonly path: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
  readonly initial: InitialDistribution;
}

/**
 * How the parameters of a model lie in one flat vector: optimizers and trajectories then handle one value instead of
 * dozens.
 */
export interface ParameterLayout {
  readonly entries: readonly LayoutEntry[];
  readonly size: number;
}

type Tree = ParameterSpec | ParameterSpecs | readonly ParameterSpecs[];

const isSpec = (tree: Tree): tree is ParameterSpec => 'initial' in tree && 'shape' in tree;

function specsOf(tree: Tree, path: readonly string[]): { path: string; spec: ParameterSpec }[] {
  if (isSpec(tree)) return [{ path: path.join('.'), spec: tree }];
  return Object.entries(tree).flatMap(([name, below]) => specsOf(below, [...path, name]));
}

/** Lays parameters out in the order of their specifications. */
export function layoutOf(specs: ParameterSpecs): ParameterLayout {
  let offset = 0;
  const entries = specsOf(specs, []).map(({ path, spec }) => {
    const entry = { path, shape: spec.shape, offset, size: sizeOf(spec.shape), initial: spec.initial };
    offset += entry.size;
    return entry;
  });
  return { entries, size: offset };
}

/** A flat vector as one node per parameter, each a leaf: gradients may be taken with respect to it. */
export function splitParameters(layout: ParameterLayout, flat: Node): Node[] {
  return layout.entries.map(({ offset, size, shape }) => leaf(reshape(slice(flat, [offset], [size]), shape)));
}

/** Nodes in the order of the layout as one flat vector. */
export function joinParameters(parts: readonly Node[]): Node {
  return concat(parts.map(flatten), 0);
}

/** The record a model's functions take, from tensors in the order of the layout. */
export function parameterRecord<Specs extends ParameterSpecs>(specs: Specs, tensors: readonly Tensor[]): Parameters<Specs> {
  const rest = tensors.values();
  const fill = (tree: Tree): unknown => {
    if (isSpec(tree)) return rest.next().value;
    if (Array.isArray(tree)) return tree.map((below) => fill(below as Tree));
    return Object.fromEntries(Object.entries(tree).map(([name, below]) => [name, fill(below)]));
  };
  return fill(specs) as Parameters<Specs>;
}

/**
 * Fresh parameters, flat. Each parameter draws from a stream of its own name.
 *
 * @throws FARZI_MODEL_INVALID naming a parameter that is not finite, which nothing but its gradient might show
 */
export function initialParameters(layout: ParameterLayout, stream: RandomStream): Float32Array {
  const flat = new Float32Array(layout.size);
  for (const { path, offset, size, initial } of layout.entries) {
    const values =
      initial.distribution === 'normal'
        ? stream.child(path).normal(size, initial.standardDeviation)
        : new Float32Array(size).fill(initial.value);
    const wrong = values.find((value) => !Number.isFinite(value));
    if (wrong !== undefined) {
      throw new FarziError('FARZI_MODEL_INVALID', `The parameter ${path} of the model starts at ${wrong}, which is not finite.`, {
        hint: "Report this to the model's author: checkModel finds it in the plugin's tests.",
      });
    }
    flat.set(values, offset);
  }
  return flat;
}
