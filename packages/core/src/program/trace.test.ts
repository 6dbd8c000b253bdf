import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { convolution, exponential, peek, unique } from '../../test/recorded.js';
import { Graph } from './graph.js';
import { record } from './record.js';
import { trace } from './trace.js';

type Body = (x: tf.Tensor) => tf.Tensor;
const recording = (body: Body) => record('test', { x: { shape: [2, 3] } }, ({ x }) => ({ y: body(x) }));
const failure = (body: Body): Promise<unknown> => errorOf(() => recording(body));

/** Must stay first: nothing has made a backend active yet. */
describe('before any backend is active', () => {
  it('recording leaves the choice of a backend to TensorFlow.js', async () => {
    recording((x) => tf.exp(x));
    expect(await tf.tensor1d([1, 2]).data()).toEqual(Float32Array.of(1, 2));
    expect(tf.getBackend()).toBe('cpu');
    tf.disposeVariables();
  });
});

describe('record', () => {
  it('names inputs and outputs as the function does', () => {
    const result = record('sum', { a: { shape: [2] }, ids: { shape: [2], dtype: 'int32' } }, ({ a, ids }) => ({
      total: tf.add(a, tf.cast(ids, 'float32')),
      a,
    }));
    expect(result.name).toBe('sum');
    expect(result.inputs.map(({ attributes, dtype }) => [attributes['name'], dtype])).toEqual([
      ['a', 'float32'],
      ['ids', 'int32'],
    ]);
    expect(result.outputs.map(({ name }) => name)).toEqual(['total', 'a']);
  });

  it('remembers the line of every op', () => {
    const { outputs } = record('test', { x: { shape: [2, 3] } }, ({ x }) => ({ y: exponential(x) }));
    expect(outputs[0]?.node).toMatchObject({ op: 'Exp', origin: expect.stringMatching(/^\/.*recorded\.ts:\d+:\d+$/) as string });
  });
});

describe('an op without a rule', () => {
  it.each([
    ['Unique', unique],
    ['DepthwiseConv2dNative', convolution],
  ] as const)('%s is refused with its name and the line that uses it', async (op, body) => {
    expect(await failure(body)).toMatchObject({
      code: 'FARZI_UNKNOWN_OP',
      message: expect.stringMatching(
        new RegExp(`^The TensorFlow\\.js op ${op} has no rule \\(used at .*test[\\\\/]recorded\\.ts:\\d+:\\d+\\)\\.$`),
      ) as string,
      hint: expect.stringMatching(/^Write it with ops that have one: Abs, Add, .*GatherV2.*\.$/) as string,
    });
  });

  it.each([
    ['The op tf.gather with batchDims has no rule.', (x: tf.Tensor) => tf.gather(x, tf.tensor2d([[0], [1]], [2, 1], 'int32'), 1, 1)],
    [
      'A convolution with the padding [[0,0],[1,0],[0,0],[0,0]] has no rule.',
      (x: tf.Tensor) =>
        tf.conv2d(tf.reshape<tf.Rank.R4>(x, [1, 2, 3, 1]), tf.ones([1, 1, 1, 1]), 1, [
          [0, 0],
          [1, 0],
          [0, 0],
          [0, 0],
        ]),
    ],
    ['The op tf.stridedSlice with masks or strides has no rule.', (x: tf.Tensor) => tf.stridedSlice(x, [0, 0], [2, 3], [1, 2])],
  ] as const)('%s', async (message, body) => {
    expect(await failure(body)).toMatchObject({ code: 'FARZI_UNKNOWN_OP', message });
  });
});

describe('a function that cannot be recorded', () => {
  it('looks at values', async () => {
    expect(await failure(peek)).toMatchObject({
      code: 'FARZI_TRACE',
      message: 'A traced value has no data.',
      hint: expect.stringContaining('Use tf.where instead of a branch.') as string,
    });
  });

  it('uses a tensor from outside', async () => {
    const foreign = tf.tensor1d([1, 2, 3]);
    expect(await failure((x) => tf.add(x, foreign))).toMatchObject({
      code: 'FARZI_TRACE',
      message: 'A traced function uses a tensor that was made outside it.',
      hint: 'Make constants inside the function, or pass the tensor in as a parameter.',
    });
    foreign.dispose();
  });

  it('uses a tensor of an earlier recording', async () => {
    let leaked: tf.Tensor | undefined;
    recording((x) => (leaked = tf.exp(x)));
    expect(await failure((x) => tf.add(x, leaked as tf.Tensor))).toMatchObject({ code: 'FARZI_TRACE' });
  });

  it('makes a string', async () => {
    expect(await failure(() => tf.tensor1d(['a', 'b']))).toMatchObject({
      code: 'FARZI_TRACE',
      message: 'A traced function makes a string tensor.',
      hint: 'Programs hold float32, int32 and bool values.',
    });
  });

  it('makes complex numbers', async () => {
    expect(await failure((x) => tf.complex(x, x))).toMatchObject({ code: 'FARZI_UNKNOWN_OP' });
  });

  it('throws something of its own, which stays the cause', async () => {
    const cause = new Error('no such layer');
    const error = await failure(() => {
      throw cause;
    });
    expect(error).toMatchObject({ code: 'FARZI_TRACE', message: 'A function could not be recorded: no such layer.', cause });
  });
});

describe('recording leaves TensorFlow.js as it was', () => {
  it('restores the backend, after success and after an error', async () => {
    await tf.setBackend('cpu');
    recording((x) => tf.exp(x));
    expect(tf.getBackend()).toBe('cpu');
    await failure(unique);
    await failure(peek);
    expect(tf.getBackend()).toBe('cpu');
    expect((await tf.add(tf.tensor1d([1, 2]), 1).data())[1]).toBe(3);
  });

  it('keeps no tensors, after success and after an error', async () => {
    await tf.setBackend('cpu');
    const before = { ...tf.memory() };
    recording((x) => tf.softmax(tf.add(tf.matMul(x, x, false, true), tf.tensor2d([[1, 2]]))));
    await failure(unique);
    await failure((x) => tf.tidy(() => unique(tf.exp(x))));
    const after = tf.memory();
    expect([after.numTensors, after.numDataBuffers, after.numBytes]).toEqual([before.numTensors, before.numDataBuffers, before.numBytes]);
  });

  it('even when a recording is made inside another', () => {
    const [outer, inner] = [new Graph(), new Graph()];
    const result = trace(outer, (scope) => {
      const x = scope.tensor(outer.input('x', [2]));
      const other = trace(inner, (within) => within.node(tf.exp(within.tensor(inner.input('y', [3])))));
      expect(other.graph).toBe(inner);
      return scope.node(tf.square(x));
    });
    expect(result.graph).toBe(outer);
  });
});
