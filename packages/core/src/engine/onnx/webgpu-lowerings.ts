import { listAttribute } from '../../program/ops/definition.js';
import type { NodeOf, Node, OnnxEmitter } from '../../program/node.js';
import type { Lowering, Lowerings } from './lower.js';

const isFloat = (node: Node): boolean => node.dtype === 'float32';
const numbers = (condition: string, emitter: OnnxEmitter): string => emitter.cast(condition, 'float32');

const sign: Lowering = (node, [x = ''], emitter) => {
  if (!isFloat(node)) return undefined;
  const zero = emitter.scalar(0);
  return emitter.emit('Sub', [numbers(emitter.emit('Greater', [x, zero]), emitter), numbers(emitter.emit('Less', [x, zero]), emitter)]);
};

/** To the nearest whole number, and of two to the even one. */
const round: Lowering = (node, [x = ''], emitter) => {
  if (!isFloat(node)) return undefined;
  const half = emitter.scalar(0.5);
  const below = emitter.emit('Floor', [x]);
  const over = emitter.emit('Sub', [x, below]);
  const pairs = emitter.emit('Floor', [emitter.emit('Mul', [below, half])]);
  const odd = emitter.emit('Sub', [below, emitter.emit('Mul', [pairs, emitter.scalar(2)])]);
  const tie = emitter.emit('Mul', [numbers(emitter.emit('Equal', [over, half]), emitter), odd]);
  return emitter.emit('Add', [emitter.emit('Add', [below, numbers(emitter.emit('Greater', [over, half]), emitter)]), tie]);
};

const logSoftmax: Lowering = (node, [x = ''], emitter) => {
  const axis = node.shape.length - 1;
  const shifted = emitter.emit('Sub', [x, emitter.emit('ReduceMax', [x], { axes: [axis], keepdims: 1 })]);
  const total = emitter.emit('ReduceSum', [emitter.emit('Exp', [shifted]), emitter.integers([axis])], { keepdims: 1 });
  return emitter.emit('Sub', [shifted, emitter.emit('Log', [total])]);
};

/** The provider slices floats only, and gathers whatever there is. */
const slice: Lowering = (node, [x = ''], emitter) => {
  if (isFloat(node)) return undefined;
  const [source] = node.inputs as readonly [Node];
  const begin = listAttribute(node.attributes, 'begin');
  return node.shape.reduce((value, size, axis) => {
    if (size === source.shape[axis]) return value;
    const places = Int32Array.from({ length: size }, (_, at) => (begin[axis] as number) + at);
    return emitter.emit('Gather', [value, emitter.constant(places, [size], 'int32')], { axis });
  }, x);
};

/** What stands for the ops that ONNX Runtime's WebGPU provider lacks. */
export const webGpuLowerings: Lowerings = { Sign: sign, Round: round, Slice: slice, LogSoftmax: logSoftmax };

/**
 * A product with one-hot rows: the provider's own sums by atomic additions, whose order is another one each time. It
 * takes as many numbers as there are rows times segments.
 */
const segmentSum: Lowering = (node, [x = '', ids = ''], emitter, start) => {
  const [source] = (node as NodeOf<readonly [Node, Node]>).inputs;
  const [segments = 1, ...row] = node.shape;
  const rows = source.shape[0] ?? 1;
  const all = emitter.constant(
    Int32Array.from({ length: segments }, (_, segment) => segment),
    [segments, 1],
    'int32',
  );
  const hot = numbers(emitter.emit('Equal', [all, emitter.emit('Reshape', [ids, emitter.integers([1, rows])])]), emitter);
  const sums = emitter.emit('MatMul', [hot, emitter.emit('Reshape', [x, emitter.integers([rows, row.reduce((a, b) => a * b, 1)])])]);
  const shaped = emitter.emit('Reshape', [sums, emitter.integers(node.shape)]);
  return start === undefined ? shaped : emitter.emit('Add', [start, shaped]);
};

/** The same, so that every run gives the same bits. */
export const deterministicWebGpuLowerings: Lowerings = { ...webGpuLowerings, SegmentSum: segmentSum };
