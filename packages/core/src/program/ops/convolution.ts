import { FarziError } from '../../errors.js';
import * as e from '../expressions.js';
import { type Node, sizeOf } from '../node.js';
import type { OpFamily } from './definition.js';

/** A convolution along one axis: how far apart its windows and the places of a window are, and zeros beside the axis. */
interface Windows {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly count: number;
  readonly before: number;
  readonly after: number;
}

const pairOf = (value: unknown): readonly [number, number] =>
  Array.isArray(value) ? [Number(value[0]), Number(value[1])] : [Number(value ?? 1), Number(value ?? 1)];

/** @param pad - `same`, `valid`, or zeros on either side */
function windowsOf(length: number, size: number, stride: number, dilation: number, pad: unknown): Windows {
  const reach = (size - 1) * dilation + 1;
  const given = { size, stride, dilation };
  if (pad === 'same') {
    const count = Math.ceil(length / stride);
    const zeros = Math.max(0, (count - 1) * stride + reach - length);
    return { ...given, count, before: Math.floor(zeros / 2), after: Math.ceil(zeros / 2) };
  }
  const beside = pad === 'valid' ? 0 : pad;
  if (typeof beside !== 'number')
    throw new FarziError('FARZI_UNKNOWN_OP', `A convolution with the padding ${JSON.stringify(pad)} has no rule.`, {
      hint: "Use 'same', 'valid' or a number, and tf.pad for anything else.",
    });
  const count = Math.floor((length - reach + 2 * beside) / stride) + 1;
  return { ...given, count, before: beside, after: beside };
}

/** What the windows of an axis hold at one of their places: every `stride`-th element. */
function atPlace(x: Node, axis: number, { stride, dilation, count }: Windows, place: number): Node {
  const from = place * dilation;
  const length = x.shape[axis] as number;
  const cut = (node: Node, along: number, begin: number, size: number): Node =>
    e.slice(
      node,
      node.shape.map((_, at) => (at === along ? begin : 0)),
      node.shape.map((whole, at) => (at === along ? size : whole)),
    );
  if (stride === 1) return cut(x, axis, from, count);
  // groups of as many elements as a stride, of each the first; zeros behind the last
  const missing = Math.max(0, from + count * stride - length);
  const none = x.shape.map(() => 0);
  const longer = e.pad(
    x,
    none,
    none.map((_, at) => (at === axis ? missing : 0)),
  );
  const groups = [...x.shape.slice(0, axis), count, stride, ...x.shape.slice(axis + 1)];
  const first = cut(e.reshape(cut(longer, axis, from, count * stride), groups), axis + 1, 0, 1);
  return e.reshape(
    first,
    groups.filter((_, at) => at !== axis + 1),
  );
}

/**
 * A convolution as one matrix product: what a window holds side by side, times the filter. `x` is `[batch, height, width,
 * channels]`, the filter `[height, width, channels, outputs]`.
 */
function convolution(x: Node, filter: Node, attributes: Readonly<Record<string, unknown>>): Node {
  const [batch, height, width, channels] = x.shape as readonly [number, number, number, number];
  const [tall, wide, inputs, outputs] = filter.shape as readonly [number, number, number, number];
  if (attributes['dataFormat'] === 'NCHW' || inputs !== channels)
    throw new FarziError('FARZI_UNKNOWN_OP', `A convolution of ${channels} channels (${String(attributes['dataFormat'])}) has no rule.`, {
      hint: `Put channels last; the filter is for ${inputs}.`,
    });
  const [strides, dilations] = [pairOf(attributes['strides']), pairOf(attributes['dilations'])];
  const rows = windowsOf(height, tall, strides[0], dilations[0], attributes['pad']);
  const columns = windowsOf(width, wide, strides[1], dilations[1], attributes['pad']);
  const padded = e.pad(x, [0, rows.before, columns.before, 0], [0, rows.after, columns.after, 0]);
  const parts = Array.from({ length: tall * wide }, (_, place) =>
    atPlace(atPlace(padded, 1, rows, Math.floor(place / wide)), 2, columns, place % wide),
  );
  const held = e.reshape(e.concat(parts, 3), [batch * rows.count * columns.count, tall * wide * channels]);
  const product = e.matMul(held, e.reshape(filter, [sizeOf(filter.shape) / outputs, outputs]));
  return e.reshape(product, [batch, rows.count, columns.count, outputs]);
}

/** Convolutions, which are made of slices and a product. */
export const convolutions: OpFamily = {
  ops: [],
  kernels: { Conv2D: (inputs, attributes) => convolution(inputs.get('x'), inputs.get('filter'), attributes) },
};
