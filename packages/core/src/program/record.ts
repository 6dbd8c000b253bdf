import type { Tensor } from '@tensorflow/tfjs-core';
import type { DType, Node, NodeGraph, Program } from './node.js';
import { Graph } from './graph.js';
import { program } from './program.js';
import { trace } from './trace.js';

/** Shape and element type (float32 by default) of a named argument. */
export interface ArgumentSpec {
  readonly shape: readonly number[];
  readonly dtype?: DType;
}

/** Shapes and element types by argument name. */
export type ArgumentSpecs = Readonly<Record<string, ArgumentSpec>>;

/** Nodes by argument name. */
export type NamedNodes = Readonly<Record<string, Node>>;

/**
 * Records a function of named tensors as a program whose inputs and outputs carry the same names.
 *
 * @param name - shown in errors of the engine
 * @throws FARZI_UNKNOWN_OP, FARZI_TRACE, FARZI_SHAPE
 */
export function record<Names extends string, Outputs extends string>(
  name: string,
  specs: Readonly<Record<Names, ArgumentSpec>>,
  body: (tensors: Readonly<Record<Names, Tensor>>) => Readonly<Record<Outputs, Tensor>>,
): Program<Outputs> {
  const graph = new Graph();
  const inputs = Object.entries<ArgumentSpec>(specs).map(([key, { shape, dtype }]) => graph.input(key, shape, dtype));
  return program(
    name,
    inputs,
    recordOn(graph, Object.fromEntries(Object.keys(specs).map((key, index) => [key, inputs[index] as Node])) as Record<Names, Node>, body),
  );
}

/** Records a function of tensors on existing nodes. */
export function recordOn<Names extends string, Outputs extends string>(
  graph: NodeGraph,
  nodes: Readonly<Record<Names, Node>>,
  body: (tensors: Readonly<Record<Names, Tensor>>) => Readonly<Record<Outputs, Tensor>>,
): Record<Outputs, Node> {
  return trace(graph, ({ tensor, node }) => {
    const tensors = Object.fromEntries(Object.entries<Node>(nodes).map(([key, value]) => [key, tensor(value)])) as Record<Names, Tensor>;
    return Object.fromEntries(Object.entries<Tensor>(body(tensors)).map(([key, value]) => [key, node(value)])) as Record<Outputs, Node>;
  });
}
