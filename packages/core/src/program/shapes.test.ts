import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { valuesOf } from '../../test/engine.js';
import * as e from './expressions.js';
import { Graph } from './graph.js';
import type { Node } from './node.js';
import { recordOn } from './record.js';

/** Builds on inputs `a` of shape [2, 3] and `b` of shape [4, 5]. */
const refused: readonly (readonly [name: string, message: string, build: (a: Node, b: Node) => Node])[] = [
  ['sums', 'The op Add cannot broadcast [2, 3] with [4, 5].', (a, b) => e.add(a, b)],
  ['sums with a constant', 'The op Add cannot broadcast [7] with [2, 3].', (a) => e.add(a.graph.fill(1, [7]), a)],
  ['comparisons', 'The op Greater cannot broadcast [2, 3] with [4, 5].', (a, b) => e.greater(a, b)],
  ['comparisons with a constant', 'The op Equal cannot broadcast [7] with [2, 3].', (a) => e.equal(a, a.graph.fill(1, [7]))],
  ['choices', 'The op Select cannot broadcast [2, 3] with [2, 3] with [4, 5].', (a, b) => e.select(e.greater(a, 0), a, b)],
  ['products', 'The op matMul cannot multiply [2, 3] and [4, 5]: their inner sizes 3 and 4 differ.', (a, b) => e.matMul(a, b)],
  [
    'transposed products',
    'The op matMul cannot multiply [2, 3] and [4, 5]: their inner sizes 2 and 5 differ.',
    (a, b) => e.matMul(a, b, true, true),
  ],
  [
    'vectors in products',
    'The op matMul cannot multiply [6] and [4, 5]: their inner sizes 6 and 4 differ.',
    (a, b) => e.matMul(e.flatten(a), b),
  ],
  ['reshapes', 'A tensor of 6 values cannot be reshaped to [4].', (a) => e.reshape(a, [4])],
  ['reshapes with a free size', 'A tensor of 6 values cannot be reshaped to [4, -1].', (a) => e.reshape(a, [4, -1])],
  ['slices beyond the end', 'A slice from [1, 0] of size [2, 3] leaves the shape [2, 3].', (a) => e.slice(a, [1, 0], [2, 3])],
  ['slices of negative size', 'A slice from [0, 0] of size [-1, 3] leaves the shape [2, 3].', (a) => e.slice(a, [0, 0], [-1, 3])],
  ['concatenations', 'The op concat cannot join [2, 3] and [4, 5] along axis 0.', (a, b) => e.concat([a, b], 0)],
  ['broadcasts', 'The op BroadcastTo cannot broadcast [2, 3] with [2, 4].', (a) => e.broadcastTo(a, [2, 4])],
  ['slices of constants', 'A slice from [0] of size [9] leaves the shape [7].', (a) => e.slice(a.graph.fill(1, [7]), [0], [9])],
  ['broadcasts of constants', 'The op BroadcastTo cannot broadcast [7] with [2, 3].', (a) => e.broadcastTo(a.graph.fill(1, [7]), [2, 3])],
  ['broadcasts to fewer axes', 'The shape [2, 3] does not broadcast to [3].', (a) => e.broadcastTo(a, [3])],
];

describe('shapes that do not fit', () => {
  it.each(refused)('are refused in %s', async (_name, message, build) => {
    const graph = new Graph();
    const error = await errorOf(() => build(graph.input('a', [2, 3]), graph.input('b', [4, 5])));
    expect(error).toMatchObject({ code: 'FARZI_SHAPE', message });
  });

  it('are refused in a recorded function too', async () => {
    const graph = new Graph();
    const nodes = { a: graph.input('a', [2, 3]), b: graph.input('b', [4, 5]) };
    expect(await errorOf(() => recordOn(graph, nodes, ({ a, b }) => ({ y: tf.mul(a, b) })))).toMatchObject({ code: 'FARZI_SHAPE' });
    expect(await errorOf(() => recordOn(graph, nodes, ({ a, b }) => ({ y: tf.matMul(a, b) })))).toMatchObject({ code: 'FARZI_SHAPE' });
    expect(await errorOf(() => recordOn(graph, nodes, ({ a, b }) => ({ y: tf.concat([a, b]) })))).toMatchObject({ code: 'FARZI_SHAPE' });
    expect(await errorOf(() => recordOn(graph, nodes, ({ a }) => ({ y: tf.transpose(a, [0, 2]) })))).toMatchObject({
      code: 'FARZI_TRACE',
      message: expect.stringContaining("A function could not be recorded: All entries in 'perm' must be between 0 and 1") as string,
    });
  });
});

/**
 * Negative positions and axes as TensorFlow.js users write them, with the values they give for x = [[0, 1, 2], [3, 4,
 * 5]].
 */
const negative: readonly (readonly [name: string, body: (x: tf.Tensor) => tf.Tensor, expected: readonly number[]])[] = [
  ['stridedSlice to before the end', (x) => tf.stridedSlice(x, [0, 0], [2, -1], [1, 1]), [0, 1, 3, 4]],
  ['stridedSlice from before the end', (x) => tf.stridedSlice(x, [-1, -2], [2, 3], [1, 1]), [4, 5]],
  ['stridedSlice beyond the end', (x) => tf.stridedSlice(x, [1, 1], [9, 9], [1, 1]), [4, 5]],
  ['slice to the end', (x) => tf.slice(x, [0, 1], [-1, -1]), [1, 2, 4, 5]],
  ['reverse of the last axis', (x) => tf.reverse(x, [-1]), [2, 1, 0, 5, 4, 3]],
  ['reverse of all axes', (x) => tf.reverse(x), [5, 4, 3, 2, 1, 0]],
  ['sum over the last axis', (x) => tf.sum(x, -1), [3, 12]],
  ['gather along the last axis', (x) => tf.gather(x, tf.tensor1d([2, 0], 'int32'), -1), [2, 0, 5, 3]],
  ['concat along the last axis', (x) => tf.concat([x, x], -1), [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5]],
  ['stack along a new last axis', (x) => tf.stack([x, x], -1), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]],
  ['cumsum along the last axis', (x) => tf.cumsum(x, -1), [0, 1, 3, 3, 7, 12]],
  ['argMax along the last axis', (x) => tf.argMax(x, -1), [2, 2]],
  ['softmax along the last axis', (x) => tf.round(tf.mul(tf.softmax(x, -1), 100)), [9, 24, 67, 9, 24, 67]],
];

describe('negative positions and axes', () => {
  it.each(negative)('%s', async (_name, body, expected) => {
    const graph = new Graph();
    const { y } = recordOn(graph, { x: graph.input('x', [2, 3]) }, ({ x }) => ({ y: body(x) }));
    const values = await valuesOf({ y }, { x: [0, 1, 2, 3, 4, 5] });
    expect(values.y).toEqual(expected);
    expect(y.shape.reduce((a, b) => a * b, 1)).toBe(expected.length);
  });
});
