import type * as Tfjs from '@tensorflow/tfjs-core';
import { FarziError } from '../../errors.js';
import * as e from '../expressions.js';
import { type Node, type OpDefinition, sizeOf } from '../node.js';
import { numberAttribute, type OpFamily } from './definition.js';

const gatherRows: OpDefinition<readonly [Node, Node]> = {
  name: 'Gather',
  infer: ([x, indices]) => ({ shape: [...indices.shape, ...x.shape.slice(1)], dtype: x.dtype }),
  gradient: (node, cotangent) => {
    const [x, indices] = node.inputs as readonly [Node, Node];
    const rows = e.reshape(cotangent, [sizeOf(indices.shape), ...x.shape.slice(1)]);
    return [e.segmentSum(rows, e.flatten(indices), x.shape[0] as number), undefined];
  },
  onnx: (_node, inputs, emitter) => emitter.emit('Gather', inputs, { axis: 0 }),
  tfjs: (tf, _node, [x, indices]) => tf.gather(x, indices),
};

const segmentSum: OpDefinition<readonly [Node, Node]> = {
  name: 'SegmentSum',
  infer: ([x], attributes) => ({
    shape: [numberAttribute(attributes, 'segments'), ...x.shape.slice(1)],
    dtype: x.dtype,
  }),
  gradient: (node, cotangent) => [e.gather(cotangent, node.inputs[1]), undefined],
  simplify: ([x], attributes, graph) =>
    e.fillValue(x) === 0 ? graph.fill(0, [numberAttribute(attributes, 'segments'), ...x.shape.slice(1)]) : undefined,
  accumulates: () => true,
  onnx: (node, [x, ids], emitter, start) => {
    // ScatterElements adds in order on one thread: the same bits every time, which ScatterND does not promise
    const source = node.inputs[0].shape;
    const column = emitter.emit('Reshape', [ids, emitter.integers([source[0] as number, ...source.slice(1).map(() => 1)])]);
    const indices = source.length === 1 ? ids : emitter.emit('Expand', [column, emitter.integers(source)]);
    const from = start ?? emitter.emit('Expand', [emitter.scalar(0), emitter.integers(node.shape)]);
    return emitter.emit('ScatterElements', [from, indices, x], { axis: 0, reduction: 'add' });
  },
  tfjs: (tf, node, [x, ids]) => {
    // a product with one-hot rows: TensorFlow.js' own kernel is missing on wasm and walks all rows once per segment on
    // cpu
    const [rows, segments] = [ids.size, numberAttribute(node.attributes, 'segments')];
    const hot = tf.cast(tf.oneHot(ids as Tfjs.Tensor1D, segments), 'float32');
    return tf.reshape(tf.matMul(hot, tf.reshape(x, [rows, -1]), true), [...node.shape]);
  },
};

/** Moves an axis to the front, or back from there. */
function frontPermutation(rank: number, axis: number): { to: number[]; back: number[] } {
  const to = [axis, ...Array.from({ length: rank }, (_, at) => at).filter((at) => at !== axis)];
  return { to, back: Array.from({ length: rank }, (_, at) => to.indexOf(at)) };
}

/** Gathering along another axis is gathering rows of the transposed value. */
function gatherAlong(x: Node, indices: Node, axis: number): Node {
  if (axis === 0) return e.gather(x, indices);
  const { to } = frontPermutation(x.shape.length, axis);
  const gathered = e.gather(e.transpose(x, to), e.flatten(indices));
  const { back } = frontPermutation(x.shape.length, axis);
  return e.reshape(e.transpose(gathered, back), [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]);
}

/** Indexing by integers, and its adjoint. */
export const gather: OpFamily = {
  ops: [gatherRows, segmentSum],
  kernels: {
    GatherV2: (inputs, attributes) => {
      const x = inputs.get('x');
      const axis = numberAttribute(attributes, 'axis');
      if (Number(attributes['batchDims'] ?? 0) !== 0) {
        throw new FarziError('FARZI_UNKNOWN_OP', 'The op tf.gather with batchDims has no rule.', {
          hint: 'Flatten the batch axes and offset the indices.',
        });
      }
      return gatherAlong(x, e.cast(inputs.get('indices'), 'int32'), axis < 0 ? axis + x.shape.length : axis);
    },
    UnsortedSegmentSum: (inputs, attributes) => {
      const x = inputs.get('x');
      const ids = inputs.get('segmentIds');
      const rows = e.reshape(x, [sizeOf(ids.shape), ...x.shape.slice(ids.shape.length)]);
      return e.segmentSum(rows, e.flatten(ids), numberAttribute(attributes, 'numSegments'));
    },
    OneHot: (inputs, attributes) => {
      const hot = e.oneHot(inputs.get('indices'), numberAttribute(attributes, 'depth'));
      const [on, off] = [numberAttribute(attributes, 'onValue'), numberAttribute(attributes, 'offValue')];
      return on === 1 && off === 0 ? hot : e.add(off, e.multiply(on - off, hot));
    },
  },
};
