import { FarziError } from '../../errors.js';
import * as e from '../expressions.js';
import { type Node, type NodeGraph, type OpDefinition, sameShape, sizeOf } from '../node.js';
import { broadcastShape } from './binary.js';
import { axisOf, listAttribute, listOf, type OpFamily } from './definition.js';

function resolved(shape: readonly number[], size: number): number[] {
  const known = shape.reduce((product, dimension) => (dimension === -1 ? product : product * dimension), 1);
  const full = shape.map((dimension) => (dimension === -1 ? size / known : dimension));
  if (sizeOf(full) !== size || !full.every(Number.isInteger))
    throw new FarziError('FARZI_SHAPE', `A tensor of ${size} values cannot be reshaped to [${shape.join(', ')}].`);
  return full;
}

const reshape: OpDefinition<readonly [Node]> = {
  name: 'Reshape',
  infer: ([x], attributes) => ({
    shape: resolved(listAttribute(attributes, 'shape'), sizeOf(x.shape)),
    dtype: x.dtype,
  }),
  gradient: (node, cotangent) => [e.reshape(cotangent, node.inputs[0].shape)],
  simplify: (inputs, attributes, graph) => {
    const [x] = inputs;
    const shape = resolved(listAttribute(attributes, 'shape'), sizeOf(x.shape));
    if (sameShape(shape, x.shape)) return x;
    if (x.op === 'Reshape') return e.reshape(x.inputs[0] as Node, shape);
    const value = e.fillValue(x);
    if (value !== undefined) return graph.fill(value, shape, x.dtype);
    return sameShape(shape, listAttribute(attributes, 'shape')) ? undefined : e.reshape(x, shape);
  },
  onnx: (node, [x], emitter) => emitter.emit('Reshape', [x, emitter.integers(node.shape)]),
  tfjs: (tf, node, inputs) => tf.reshape(inputs[0], [...node.shape]),
};

function inverse(permutation: readonly number[]): number[] {
  const result = new Array<number>(permutation.length);
  permutation.forEach((from, to) => (result[from] = to));
  return result;
}

const transpose: OpDefinition<readonly [Node]> = {
  name: 'Transpose',
  infer: ([x], attributes) => ({
    shape: listAttribute(attributes, 'permutation').map((axis) => x.shape[axis] as number),
    dtype: x.dtype,
  }),
  gradient: (node, cotangent) => [e.transpose(cotangent, inverse(listOf(node, 'permutation')))],
  simplify: (inputs, attributes, graph) => {
    const [x] = inputs;
    const permutation = listAttribute(attributes, 'permutation');
    // moving axes of size 1 moves nothing in memory
    const long = permutation.filter((axis) => x.shape[axis] !== 1);
    if (long.every((axis, index) => index === 0 || axis > (long[index - 1] as number))) {
      return e.reshape(
        x,
        permutation.map((axis) => x.shape[axis] as number),
      );
    }
    const value = e.fillValue(x);
    if (value !== undefined) {
      return graph.fill(
        value,
        permutation.map((axis) => x.shape[axis] as number),
        x.dtype,
      );
    }
    if (x.op !== 'Transpose') return undefined;
    const inner = listOf(x, 'permutation');
    return e.transpose(
      x.inputs[0] as Node,
      permutation.map((axis) => inner[axis] as number),
    );
  },
  onnx: (node, [x], emitter) => emitter.emit('Transpose', [x], { perm: listOf(node, 'permutation') }),
  tfjs: (tf, node, inputs) => tf.transpose(inputs[0], listOf(node, 'permutation')),
};

const broadcastTo: OpDefinition<readonly [Node]> = {
  name: 'BroadcastTo',
  infer: ([x], attributes) => {
    const shape = listAttribute(attributes, 'shape');
    if (!sameShape(broadcastShape('BroadcastTo', x.shape, shape), shape)) {
      throw new FarziError('FARZI_SHAPE', `The shape [${x.shape.join(', ')}] does not broadcast to [${shape.join(', ')}].`);
    }
    return { shape, dtype: x.dtype };
  },
  gradient: (node, cotangent) => [e.sumTo(cotangent, node.inputs[0].shape)],
  simplify: (inputs, attributes, graph) => {
    const [x] = inputs;
    const { shape } = broadcastTo.infer(inputs, attributes);
    if (sameShape(shape, x.shape)) return x;
    const value = e.fillValue(x);
    return value === undefined ? undefined : graph.fill(value, shape, x.dtype);
  },
  onnx: (node, [x], emitter) => emitter.emit('Expand', [x, emitter.integers(node.shape)]),
  tfjs: (tf, node, inputs) => tf.broadcastTo(inputs[0], [...node.shape]),
};

const reverse: OpDefinition<readonly [Node]> = {
  name: 'Reverse',
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: (node, cotangent) => [node.graph.apply('Reverse', [cotangent], node.attributes)],
  onnx: (node, [x], emitter) => {
    const axes = listOf(node, 'axes');
    return emitter.emit('Slice', [
      x,
      emitter.integers(axes.map(() => -1)),
      emitter.integers(axes.map((axis) => -(node.shape[axis] as number) - 1)),
      emitter.integers(axes),
      emitter.integers(axes.map(() => -1)),
    ]);
  },
  tfjs: (tf, node, inputs) => tf.reverse(inputs[0], listOf(node, 'axes')),
};

/** A tile is a broadcast along new axes. */
function tile(x: Node, repetitions: readonly number[]): Node {
  const broad = x.shape.flatMap((dimension, axis) => [repetitions[axis] as number, dimension]);
  const spread = e.broadcastTo(
    e.reshape(
      x,
      x.shape.flatMap((dimension) => [1, dimension]),
    ),
    broad,
  );
  return e.reshape(
    spread,
    x.shape.map((dimension, axis) => dimension * (repetitions[axis] as number)),
  );
}

/** Ops that look at the same elements in another arrangement. */
export const shape: OpFamily = {
  ops: [reshape, transpose, broadcastTo, reverse],
  kernels: {
    Reshape: (inputs, attributes) => e.reshape(inputs.get('x'), listAttribute(attributes, 'shape')),
    ExpandDims: (inputs, attributes) => {
      const x = inputs.get('input');
      const at = axisOf(attributes, x.shape.length + 1, 'dim');
      return e.reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
    },
    Transpose: (inputs, attributes) => e.transpose(inputs.get('x'), listAttribute(attributes, 'perm')),
    Tile: (inputs, attributes) => tile(inputs.get('x'), listAttribute(attributes, 'reps')),
    Reverse: (inputs, attributes, graph: NodeGraph) => {
      const x = inputs.get('x');
      const axes = attributes['dims'] === undefined ? x.shape.map((_, axis) => axis) : listAttribute(attributes, 'dims');
      return graph.apply('Reverse', [x], { axes: axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis)) });
    },
    BroadcastTo: (inputs, attributes) => e.broadcastTo(inputs.get('x'), listAttribute(attributes, 'shape')),
  },
};
