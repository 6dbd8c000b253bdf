import { type ConstantValues, type DType, type Node, sizeOf } from './node.js';

/**
 * The vocabulary in which derivative rules, optimizers and losses are written: functions from nodes to nodes.
 */

type Operand = Node | number;

function pair(op: string, a: Operand, b: Operand): Node {
  const graph = typeof a === 'number' ? (b as Node).graph : a.graph;
  const dtype = typeof a === 'number' ? (b as Node).dtype : a.dtype;
  const left = typeof a === 'number' ? graph.fill(a, [], dtype) : a;
  const right = typeof b === 'number' ? graph.fill(b, [], dtype) : b;
  return graph.apply(op, [left, right]);
}

export const add = (a: Operand, b: Operand): Node => pair('Add', a, b);
export const subtract = (a: Operand, b: Operand): Node => pair('Sub', a, b);
export const multiply = (a: Operand, b: Operand): Node => pair('Multiply', a, b);
export const divide = (a: Operand, b: Operand): Node => pair('RealDiv', a, b);
export const power = (a: Operand, b: Operand): Node => pair('Pow', a, b);
export const maximum = (a: Operand, b: Operand): Node => pair('Maximum', a, b);
export const minimum = (a: Operand, b: Operand): Node => pair('Minimum', a, b);
export const greater = (a: Operand, b: Operand): Node => pair('Greater', a, b);
export const greaterEqual = (a: Operand, b: Operand): Node => pair('GreaterEqual', a, b);
export const equal = (a: Operand, b: Operand): Node => pair('Equal', a, b);

const one =
  (op: string) =>
  (x: Node): Node =>
    x.graph.apply(op, [x]);

export const negate = one('Neg');
export const exp = one('Exp');
export const log = one('Log');
export const sqrt = one('Sqrt');
export const reciprocal = one('Reciprocal');
export const rsqrt = one('Rsqrt');
export const sigmoid = one('Sigmoid');
export const tanh = one('Tanh');
export const sign = one('Sign');
export const step = one('Step');
export const sin = one('Sin');
export const cos = one('Cos');
export const relu = one('Relu');
export const softmax = one('Softmax');
export const logSoftmax = one('LogSoftmax');
/** `log(sum(exp(x)))` over the last axis. */
export const logSumExp = one('LogSumExp');
export const square = (x: Node): Node => multiply(x, x);

export function select(condition: Node, a: Operand, b: Operand): Node {
  const { graph } = condition;
  const dtype = typeof a === 'number' ? (typeof b === 'number' ? 'float32' : b.dtype) : a.dtype;
  const node = (value: Operand): Node => (typeof value === 'number' ? graph.fill(value, [], dtype) : value);
  return graph.apply('Select', [condition, node(a), node(b)]);
}

export function cast(x: Node, dtype: DType): Node {
  return x.graph.apply('Cast', [x], { dtype });
}

export function sum(x: Node, axes?: readonly number[], keepDims = false): Node {
  return x.graph.apply('Sum', [x], { axes: axes ?? x.shape.map((_, axis) => axis), keepDims });
}

export function max(x: Node, axes: readonly number[], keepDims = false): Node {
  return x.graph.apply('Max', [x], { axes, keepDims });
}

/** Mean over some axes (all by default). */
export function mean(x: Node, axes?: readonly number[], keepDims = false): Node {
  const total = sum(x, axes, keepDims);
  return multiply(total, Math.max(1, sizeOf(total.shape)) / Math.max(1, sizeOf(x.shape)));
}

export function reshape(x: Node, shape: readonly number[]): Node {
  return x.graph.apply('Reshape', [x], { shape });
}

export const flatten = (x: Node): Node => reshape(x, [sizeOf(x.shape)]);

export function transpose(x: Node, permutation: readonly number[]): Node {
  return x.graph.apply('Transpose', [x], { permutation });
}

export function slice(x: Node, begin: readonly number[], size: readonly number[]): Node {
  return x.graph.apply('Slice', [x], { begin, size });
}

/** Zero padding: `before[i]` and `after[i]` elements along axis i. */
export function pad(x: Node, before: readonly number[], after: readonly number[], value = 0): Node {
  return x.graph.apply('Pad', [x], { before, after, value });
}

export function concat(parts: readonly Node[], axis: number): Node {
  const [first] = parts;
  if (first === undefined) throw new RangeError('The function concat needs at least one part.');
  return first.graph.apply('Concat', parts, { axis });
}

export function broadcastTo(x: Node, shape: readonly number[]): Node {
  return x.graph.apply('BroadcastTo', [x], { shape });
}

export function matMul(a: Node, b: Node, transposeA = false, transposeB = false): Node {
  return a.graph.apply('BatchMatMul', [a, b], { transposeA, transposeB });
}

/** The same value, computed when `others` are; NaN where one of those is not finite. */
export function after(x: Node, others: readonly Node[]): Node {
  return others.length === 0 ? x : x.graph.apply('After', [x, ...others]);
}

/**
 * The same value, as something that derivatives may be taken with respect to: make it before anything is built on it,
 * see {@link gradients}.
 */
export const leaf = (x: Node): Node => x.graph.leaf(x);

/** The same value, held constant by gradients. */
export const stopGradient = one('StopGradient');

/** Rows of `x` along its first axis. */
export function gather(x: Node, indices: Node): Node {
  return x.graph.apply('Gather', [x, indices]);
}

/** Adds rows of `x` that share an id: the adjoint of {@link gather}. */
export function segmentSum(x: Node, ids: Node, segments: number): Node {
  return x.graph.apply('SegmentSum', [x, ids], { segments });
}

/** `0, 1, ..., count - 1` as int32. */
export function range(like: Node, count: number): Node {
  return like.graph.constant(
    Int32Array.from({ length: count }, (_, index) => index),
    [count],
    'int32',
  );
}

/** One-hot rows of int32 ids: `ids.shape + [depth]`, float32. */
export function oneHot(ids: Node, depth: number): Node {
  return cast(equal(reshape(ids, [...ids.shape, 1]), range(ids, depth)), 'float32');
}

export function constant(like: Node, values: ConstantValues, shape: readonly number[], dtype: DType = 'float32'): Node {
  return like.graph.constant(values, shape, dtype);
}

/** Sums a cotangent down to the shape it was broadcast from. */
export function sumTo(x: Node, shape: readonly number[]): Node {
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((dimension, axis) => (axis < lead || (shape[axis - lead] === 1 && dimension !== 1) ? [axis] : []));
  return reshape(axes.length === 0 ? x : sum(x, axes), shape);
}

/** The value of a `Fill`, else undefined. */
export function fillValue(node: Node | undefined): number | undefined {
  return node?.op === 'Fill' ? (node.attributes['value'] as number) : undefined;
}
