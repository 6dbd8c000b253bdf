import type * as Tfjs from '@tensorflow/tfjs-core';
import * as e from '../expressions.js';
import { type Node, type NodeGraph, type NodeOf, type OnnxEmitter, type OpDefinition, sizeOf, type ValueType } from '../node.js';
import { type KernelInputs, listAttribute, type OpFamily } from './definition.js';

/** The shape that is left when some axes are summed away, or kept with size 1. */
function reducedShape(shape: readonly number[], axes: readonly number[], keepDims: boolean): number[] {
  return keepDims ? shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension)) : shape.filter((_, axis) => !axes.includes(axis));
}

function infer([x]: readonly [Node], attributes: Readonly<Record<string, unknown>>): ValueType {
  const { shape, dtype } = x;
  return { shape: reducedShape(shape, listAttribute(attributes, 'axes'), attributes['keepDims'] === true), dtype };
}

/** A reduced value, spread over the input's shape again. */
function spread(reduced: Node, node: NodeOf<readonly [Node]>): Node {
  const [x] = node.inputs as readonly [Node];
  const kept = reducedShape(x.shape, listAttribute(node.attributes, 'axes'), true);
  return e.broadcastTo(e.reshape(reduced, kept), x.shape);
}

/** Reduction over no elements at all, or over axes of size 1, is a reshape. */
function simplify([x]: readonly [Node], attributes: Readonly<Record<string, unknown>>): Node | undefined {
  const axes = listAttribute(attributes, 'axes');
  return axes.every((axis) => x.shape[axis] === 1) ? e.reshape(x, reducedShape(x.shape, axes, attributes['keepDims'] === true)) : undefined;
}

const keepDims = (node: Node): number => Number(node.attributes['keepDims'] === true);

const sum: OpDefinition<readonly [Node]> = {
  name: 'Sum',
  infer,
  gradient: (node, cotangent) => [spread(cotangent, node)],
  simplify: (inputs, attributes, graph) => {
    const [x] = inputs;
    const value = e.fillValue(x);
    if (x !== undefined && value !== undefined) {
      const shape = reducedShape(x.shape, listAttribute(attributes, 'axes'), attributes['keepDims'] === true);
      return graph.fill((value * sizeOf(x.shape)) / sizeOf(shape), shape, x.dtype);
    }
    return simplify(inputs, attributes);
  },
  onnx: (node, [x], emitter) => {
    const [{ shape, dtype }] = node.inputs as readonly [Node];
    const axes = listAttribute(node.attributes, 'axes');
    const [rows = 0] = shape;
    // onnxruntime adds rows up two to three times as fast in a product with ones
    if (shape.length === 2 && axes.join() === '0' && dtype === 'float32') {
      const ones = new Float32Array(rows).fill(1);
      return emitter.emit('MatMul', [emitter.constant(ones, keepDims(node) === 1 ? [1, rows] : [rows], dtype), x]);
    }
    return emitter.emit('ReduceSum', [x, emitter.integers(axes)], { keepdims: keepDims(node) });
  },
  tfjs: (tf, node, [x]) => tf.sum(x, [...listAttribute(node.attributes, 'axes')], node.attributes['keepDims'] === true),
};

/** Largest or smallest element; the cotangent is shared equally among ties. */
function extremum(
  name: 'Max' | 'Min',
  onnx: string,
  tfjs: (tf: typeof Tfjs, x: Tfjs.Tensor, axes: number[], keep: boolean) => Tfjs.Tensor,
): OpDefinition<readonly [Node]> {
  return {
    name,
    infer,
    gradient: (node, cotangent) => {
      const [x] = node.inputs as readonly [Node];
      const axes = listAttribute(node.attributes, 'axes');
      const winners = e.cast(e.equal(x, spread(node, node)), 'float32');
      return [e.multiply(spread(cotangent, node), e.divide(winners, e.sum(winners, axes, true)))];
    },
    simplify,
    onnx: (node, [x], emitter) => emitter.emit(onnx, [x], { axes: listAttribute(node.attributes, 'axes'), keepdims: keepDims(node) }),
    tfjs: (tf, node, [x]) => tfjs(tf, x, [...listAttribute(node.attributes, 'axes')], node.attributes['keepDims'] === true),
  };
}

const argMax: OpDefinition<readonly [Node]> = {
  name: 'ArgMax',
  infer: ([x], attributes) => ({ shape: x.shape.filter((_, axis) => axis !== attributes['axis']), dtype: 'int32' }),
  gradient: () => [undefined],
  onnx: (node, [x], emitter: OnnxEmitter) =>
    emitter.cast(emitter.emit('ArgMax', [x], { axis: node.attributes['axis'] as number, keepdims: 0 }), 'int32'),
  tfjs: (tf, node, [x]) => tf.argMax(x, node.attributes['axis'] as number),
};

function axesOf(inputs: KernelInputs, attributes: Readonly<Record<string, unknown>>): { x: Node; axes: number[]; keep: boolean } {
  const x = inputs.get('x');
  const given = attributes['axis'] ?? attributes['reductionIndices'];
  const axes = given === undefined || given === null ? x.shape.map((_, axis) => axis) : listAttribute({ axis: given }, 'axis');
  return {
    x,
    axes: axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis)).sort((a, b) => a - b),
    keep: attributes['keepDims'] === true,
  };
}

const recordReduction =
  (name: string) =>
  (inputs: KernelInputs, attributes: Readonly<Record<string, unknown>>, graph: NodeGraph): Node => {
    const { x, axes, keep } = axesOf(inputs, attributes);
    return graph.apply(name, [x], { axes, keepDims: keep });
  };

/** Whether any (all) of the booleans are true, as the largest (smallest) of 0 and 1. */
const recordLogical =
  (name: 'Max' | 'Min') =>
  (inputs: KernelInputs, attributes: Readonly<Record<string, unknown>>, graph: NodeGraph): Node => {
    const { x, axes, keep } = axesOf(inputs, attributes);
    return e.cast(graph.apply(name, [e.cast(x, 'float32')], { axes, keepDims: keep }), 'bool');
  };

/** Sums, means, extrema. */
export const reduce: OpFamily = {
  ops: [
    sum,
    extremum('Max', 'ReduceMax', (tf, x, axes, keep) => tf.max(x, axes, keep)),
    extremum('Min', 'ReduceMin', (tf, x, axes, keep) => tf.min(x, axes, keep)),
    argMax,
  ],
  kernels: {
    Sum: recordReduction('Sum'),
    Max: recordReduction('Max'),
    Min: recordReduction('Min'),
    Any: recordLogical('Max'),
    All: recordLogical('Min'),
    Mean: (inputs, attributes) => {
      const { x, axes, keep } = axesOf(inputs, attributes);
      return e.mean(x, axes, keep);
    },
    ArgMax: (inputs, attributes, graph) => {
      const { x, axes } = axesOf(inputs, attributes);
      return graph.apply('ArgMax', [x], { axis: axes[0] ?? 0 });
    },
  },
};
