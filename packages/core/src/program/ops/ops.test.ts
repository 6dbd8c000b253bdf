import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usableEngines } from '../../../test/engines.js';
import type { Engine, EngineTensor } from '../../engine/engine.js';
import { onnxEngine } from '../../engine/onnx/engine.js';
import * as e from '../expressions.js';
import { gradients } from '../gradients.js';
import { Graph } from '../graph.js';
import { inputName, type Node, sizeOf } from '../node.js';
import { program } from '../program.js';
import { reachable } from '../walk.js';
import { recordOn } from '../record.js';
import { normaliserLoss, softCrossEntropyLoss } from '../macros/cross-entropy.js';
import { standardOps } from '../op-table.js';
import { softEmbedded } from '../macros/soft-embedding.js';

const reachableOps = (node: Node): string[] => [...reachable([node])].map(({ op }) => op);

type Body = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

interface Case {
  readonly name: string;
  readonly body: Body;
  /** Shapes of the float inputs that are differentiated. */
  readonly shapes: readonly (readonly number[])[];
  /** Range the inputs are drawn from. */
  readonly from?: number;
  readonly to?: number;
  /** The same in expressions of the graph, for ops that no TensorFlow.js kernel is recorded as. */
  readonly nodes?: (x: Node) => Node;
  /** The result is piecewise constant, or not a float: there is nothing to differentiate. */
  readonly flat?: boolean;
}

const ids = (): tf.Tensor1D => tf.tensor1d([2, 0, 2, 1], 'int32');

const smooth = (name: string, body: Body, from = -1.5, to = 1.5): Case => ({ name, body, shapes: [[2, 3]], from, to });
const flat = (name: string, body: Body, shapes: Case['shapes'] = [[2, 3]]): Case => ({ name, body, shapes, flat: true });
const two = (name: string, body: Body, from = -1.5, to = 1.5): Case[] => [
  {
    name,
    body,
    shapes: [
      [2, 3],
      [2, 3],
    ],
    from,
    to,
  },
  {
    name: `${name}, broadcast`,
    body,
    shapes: [
      [2, 1, 3],
      [4, 1],
    ],
    from,
    to,
  },
];
const shaped = (name: string, body: Body, ...shapes: (readonly number[])[]): Case => ({ name, body, shapes });

/** hidden `[3, 2]`, table `[5, 2]`, latents `[3, 2]` and decoder `[2, 5]` in one flat vector; the weights are fixed. */
const crossEntropyShapes = [
  [3, 2],
  [5, 2],
  [3, 2],
  [2, 5],
] as const;
const rowWeights = [0.5, 0, 2];
const crossEntropyCase = (name: string, chunkSize: number): Case => ({
  name,
  shapes: [[32]],
  body: (x) => {
    const [hidden, table, latents, decoder] = tf
      .split(x, [6, 10, 6, 10])
      .map((part, at) => tf.reshape(part, [...(crossEntropyShapes[at] ?? [])]));
    const logits = tf.matMul(hidden as tf.Tensor2D, table as tf.Tensor2D, false, true);
    const targets = tf.softmax(tf.matMul(latents as tf.Tensor2D, decoder as tf.Tensor2D));
    return tf.sum(tf.mul(tf.sub(tf.logSumExp(logits, 1), tf.sum(tf.mul(targets, logits), 1)), tf.tensor1d(rowWeights)));
  },
  nodes: (x) => {
    let offset = 0;
    const parts = crossEntropyShapes.map((shape) => {
      const part = e.reshape(e.slice(x, [offset], [sizeOf(shape)]), shape);
      offset += sizeOf(shape);
      return part;
    }) as [Node, Node, Node, Node];
    const [hidden, table, latents, decoder] = parts;
    return softCrossEntropyLoss(
      [hidden, table, x.graph.constant(Float32Array.from(rowWeights), [3], 'float32'), latents, decoder],
      chunkSize,
    );
  },
});

/** hidden `[3, 2]` and table `[5, 2]` in one flat vector. */
const normaliserCase = (name: string, chunkSize: number): Case => ({
  name,
  shapes: [[16]],
  body: (x) => {
    const [hidden, table] = tf.split(x, [6, 10]) as [tf.Tensor, tf.Tensor];
    const logits = tf.matMul(tf.reshape(hidden, [3, 2]), tf.reshape(table, [5, 2]), false, true);
    return tf.sum(tf.mul(tf.logSumExp(logits, 1), tf.tensor1d(rowWeights)));
  },
  nodes: (x) => {
    const part = (begin: number, shape: readonly number[]): Node => e.reshape(e.slice(x, [begin], [sizeOf(shape)]), shape);
    const weights = x.graph.constant(Float32Array.from(rowWeights), [3], 'float32');
    return normaliserLoss([part(0, [3, 2]), part(6, [5, 2]), weights], chunkSize);
  },
});

const normaliseCase = shaped(
  'layer normalisation',
  (x) => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    return tf.mul(tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-2)), centred);
  },
  [3, 5],
);

/** latents `[3, 2]`, decoder `[2, 5]` and table `[5, 2]` in one flat vector. */
const softEmbeddingCase = (name: string, chunkSize: number): Case => ({
  name,
  shapes: [[26]],
  body: (x) => {
    const [latents, decoder, table] = tf.split(x, [6, 10, 10]) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const probabilities = tf.softmax(tf.matMul(tf.reshape(latents, [3, 2]), tf.reshape(decoder, [2, 5])));
    return tf.matMul(probabilities, tf.reshape(table, [5, 2]));
  },
  nodes: (x) => {
    const part = (begin: number, shape: readonly number[]): Node => e.reshape(e.slice(x, [begin], [sizeOf(shape)]), shape);
    return softEmbedded(part(0, [3, 2]), part(6, [2, 5]), part(16, [5, 2]), { chunkSize });
  },
});

/** One row per op and per kernel that is composed of others: adding an op is adding a row. */
const cases: readonly Case[] = [
  crossEntropyCase('softCrossEntropy in one chunk', 100),
  crossEntropyCase('softCrossEntropy a row at a time', 1),
  crossEntropyCase('softCrossEntropy in uneven chunks', 10),
  normaliserCase('normaliser in one chunk', 100),
  normaliserCase('normaliser in uneven chunks', 10),
  softEmbeddingCase('softEmbedding in one chunk', 100),
  softEmbeddingCase('softEmbedding a row at a time', 1),
  { ...smooth('after', (x) => tf.square(x)), nodes: (x) => e.square(e.after(x, [e.exp(x)])) },
  smooth('neg', (x) => tf.neg(x)),
  smooth('exp', (x) => tf.exp(x)),
  smooth('log', (x) => tf.log(x), 0.5, 3),
  smooth('sqrt', (x) => tf.sqrt(x), 0.5, 3),
  smooth('rsqrt', (x) => tf.rsqrt(x), 0.5, 3),
  smooth('reciprocal', (x) => tf.reciprocal(x), 0.5, 3),
  smooth('abs', (x) => tf.mul(tf.abs(x), x)),
  smooth('tanh', (x) => tf.tanh(x)),
  smooth('sigmoid', (x) => tf.sigmoid(x)),
  smooth('softplus', (x) => tf.softplus(x)),
  smooth('erf', (x) => tf.erf(x)),
  smooth('sin', (x) => tf.sin(x)),
  smooth('cos', (x) => tf.cos(x)),
  smooth('relu', (x) => tf.mul(tf.relu(x), x)),
  smooth('relu6', (x) => tf.mul(tf.relu6(x), x), -3, 9),
  smooth('leakyRelu', (x) => tf.mul(tf.leakyRelu(x, 0.1), x)),
  smooth('prelu', (x) => tf.mul(tf.prelu(x, tf.scalar(0.3)), x)),
  smooth('elu', (x) => tf.elu(x)),
  smooth('selu', (x) => tf.selu(x)),
  smooth('square', (x) => tf.square(x)),
  smooth('log1p', (x) => tf.log1p(x), 0, 2),
  smooth('expm1', (x) => tf.expm1(x)),
  smooth('clipByValue', (x) => tf.mul(tf.clipByValue(x, -0.7, 0.6), x)),
  flat('sign', (x) => tf.sign(x)),
  flat('step', (x) => tf.step(x, 0.2)),
  flat('floor', (x) => tf.floor(x)),
  flat('ceil', (x) => tf.ceil(x)),
  flat('round', (x) => tf.round(x)),
  ...two('add', (a, b) => tf.add(a, b)),
  ...two('sub', (a, b) => tf.sub(a, b)),
  ...two('mul', (a, b) => tf.mul(a, b)),
  ...two('div', (a, b) => tf.div(a, b), 0.5, 2),
  ...two('pow', (a, b) => tf.pow(a, b), 0.5, 2),
  ...two('maximum', (a, b) => tf.maximum(tf.square(a), b)),
  ...two('minimum', (a, b) => tf.minimum(tf.square(a), b)),
  ...two('squaredDifference', (a, b) => tf.squaredDifference(a, b)),
  ...[0.5, 1, 2, 3, -0.5, -1, 2.5].map((exponent) => smooth(`pow ${exponent}`, (x) => tf.pow(x, exponent), 0.5, 2)),
  smooth('addN', (x) => tf.addN([x, tf.exp(x), x])),
  ...(['greater', 'greaterEqual', 'less', 'lessEqual', 'equal', 'notEqual'] as const).map((op) =>
    flat(op, (a, b) => tf[op](tf.round(a), tf.round(b)), [
      [4, 4],
      [4, 4],
    ]),
  ),
  flat('logicalAnd', (a, b) => tf.logicalAnd(tf.greater(a, 0), tf.greater(b, 0)), [
    [4, 4],
    [4, 4],
  ]),
  flat('logicalOr', (a, b) => tf.logicalOr(tf.greater(a, 0), tf.greater(b, 0)), [
    [4, 4],
    [4, 4],
  ]),
  flat('logicalNot', (a) => tf.logicalNot(tf.greater(a, 0))),
  flat('any', (a) => tf.any(tf.greater(a, 1), 1), [[4, 4]]),
  flat('all', (a) => tf.all(tf.greater(a, -1), 1), [[4, 4]]),
  flat('topk values', (a) => tf.topk(a, 3).values, [[4, 5]]),
  flat('topk indices', (a) => tf.topk(a, 3).indices, [[4, 5]]),
  flat('topk of ties', (a) => tf.topk(tf.round(a), 4).indices, [[3, 9]]),
  flat('argMax', (a) => tf.argMax(a, -1), [[4, 5]]),
  flat('cast', (a) => tf.cast(tf.mul(a, 3), 'int32'), [[4, 5]]),
  shaped('where', (a, b) => tf.where(tf.greater(a, 0), tf.square(a), tf.exp(b)), [3, 4], [3, 4]),
  shaped('sum', (x) => tf.sum(tf.square(x), [0, 2]), [2, 3, 4]),
  shaped('sum, kept', (x) => tf.mul(tf.sum(x, 1, true), x), [2, 3, 4]),
  shaped('sum of rows', (x) => tf.square(tf.sum(tf.square(x), 0)), [5, 3]),
  shaped('sum of rows, kept', (x) => tf.mul(tf.sum(x, 0, true), x), [5, 3]),
  shaped('numbers and a column', (x) => tf.sub(2, tf.div(tf.add(tf.mul(x, 0.5), 3), tf.maximum(x, 0.1))), [5, 1]),
  shaped('mean', (x) => tf.mean(tf.square(x), -1), [2, 3, 4]),
  shaped('max', (x) => tf.square(tf.max(x, 1)), [3, 5]),
  shaped('min', (x) => tf.square(tf.min(x, [0, 1], true)), [3, 5]),
  shaped('logSumExp', (x) => tf.logSumExp(x, 1), [3, 5]),
  shaped('moments', (x) => tf.div(tf.sub(x, tf.moments(x, -1, true).mean), tf.sqrt(tf.add(tf.moments(x, -1, true).variance, 0.1))), [3, 5]),
  shaped('reshape', (x) => tf.square(tf.reshape(x, [4, -1])), [2, 3, 4]),
  shaped('expandDims, squeeze', (x) => tf.squeeze(tf.square(tf.expandDims(x, 1)), [1]), [2, 3]),
  shaped('transpose', (x) => tf.square(tf.transpose(x, [2, 0, 1])), [2, 3, 4]),
  shaped('slice', (x) => tf.square(tf.slice(x, [0, 1], [2, 2])), [3, 4]),
  shaped('stridedSlice', (x) => tf.square(tf.stridedSlice(x, [1, 1], [3, 3], [1, 1])), [3, 4]),
  shaped(
    'pad',
    (x) =>
      tf.square(
        tf.pad(
          x,
          [
            [1, 0],
            [2, 1],
          ],
          0.5,
        ),
      ),
    [2, 3],
  ),
  shaped('concat', (a, b) => tf.square(tf.concat([a, b], 1)), [2, 3], [2, 2]),
  shaped('stack', (a, b) => tf.square(tf.stack([a, b], 1)), [2, 3], [2, 3]),
  shaped('unstack', (x) => tf.mul(...(tf.unstack(x, 1) as [tf.Tensor, tf.Tensor])), [3, 2]),
  shaped('split', (x) => tf.mul(...(tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor])), [3, 4]),
  shaped('tile', (x) => tf.square(tf.tile(x, [2, 3])), [2, 3]),
  shaped('broadcastTo', (x) => tf.square(tf.broadcastTo(x, [4, 2, 3])), [2, 1]),
  shaped('reverse', (x) => tf.mul(tf.reverse(x, [1]), x), [2, 3]),
  shaped('cumsum', (x) => tf.square(tf.cumsum(x, 1)), [2, 4]),
  shaped('cumsum off the last axis, exclusive, reversed', (x) => tf.square(tf.cumsum(x, 0, true, true)), [4, 2]),
  ...[false, true].flatMap((ta) =>
    [false, true].map((tb) =>
      shaped(
        `matMul ${String(ta)} ${String(tb)}`,
        (a, b) => tf.square(tf.matMul(a, b, ta, tb)),
        ta ? [4, 3] : [3, 4],
        tb ? [2, 4] : [4, 2],
      ),
    ),
  ),
  ...[false, true].flatMap((ta) =>
    [false, true].map((tb) =>
      shaped(
        `batched matMul ${String(ta)} ${String(tb)}`,
        (a, b) => tf.square(tf.matMul(a, b, ta, tb)),
        ta ? [2, 4, 3] : [2, 3, 4],
        tb ? [2, 2, 4] : [2, 4, 2],
      ),
    ),
  ),
  shaped('matMul of every batch with one matrix', (a, b) => tf.square(tf.matMul(a, b)), [2, 3, 4], [1, 4, 2]),
  shaped('matMul of one matrix with every batch', (a, b) => tf.square(tf.matMul(a, b)), [1, 3, 4], [2, 4, 2]),
  shaped('gather', (x) => tf.square(tf.gather(x, ids())), [3, 4]),
  shaped('gather along an axis', (x) => tf.square(tf.gather(x, ids(), 1)), [2, 3, 2]),
  shaped(
    'gather with a matrix of ids',
    (x) =>
      tf.square(
        tf.gather(
          x,
          tf.tensor2d(
            [
              [0, 2],
              [1, 1],
            ],
            [2, 2],
            'int32',
          ),
        ),
      ),
    [3, 4],
  ),
  shaped('unsortedSegmentSum', (x) => tf.square(tf.unsortedSegmentSum(x, ids(), 3)), [4, 2]),
  shaped('oneHot', (x) => tf.mul(x, tf.oneHot(ids(), 3, 2, -1)), [4, 3]),
  shaped('softmax', (x) => tf.softmax(x), [3, 5]),
  normaliseCase,
  shaped('logSoftmax', (x) => tf.logSoftmax(x), [3, 5]),
  { ...shaped('logSumExp as one op', (x) => tf.square(tf.logSumExp(x, 1)), [3, 5]), nodes: (x) => e.square(e.logSumExp(x)) },
  { ...flat('stopGradient', (x) => tf.square(x)), nodes: (x) => e.square(e.stopGradient(x)) },
  shaped(
    'constants',
    (x) => tf.mul(x, tf.add(tf.range(0, 3), tf.add(tf.linspace(0, 1, 3), tf.add(tf.onesLike(x), tf.zerosLike(x))))),
    [2, 3],
  ),
];

/** Reproducible values in a range, away from the halves at which rounding jumps. */
function draw(size: number, from: number, to: number, seed: number): Float32Array {
  let state = seed * 2654435761 + 12345;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const value = from + ((to - from) * state) / 4294967296;
    return Math.abs((Math.abs(value) % 1) - 0.5) < 0.02 ? value + 0.05 : value;
  });
}

const relativeError = (actual: ArrayLike<number>, expected: ArrayLike<number>): number => {
  let [difference, size] = [0, 0];
  for (let index = 0; index < expected.length; index++) {
    difference += ((actual[index] ?? Number.NaN) - (expected[index] ?? 0)) ** 2;
    size += (expected[index] ?? 0) ** 2;
  }
  return Math.sqrt(difference) / Math.max(Math.sqrt(size), 1e-3);
};

/** The one or two operands of a case. */
const pair = (tensors: readonly (tf.Tensor | undefined)[]): [tf.Tensor, tf.Tensor] => [
  tensors[0] as tf.Tensor,
  (tensors[1] ?? tensors[0]) as tf.Tensor,
];

/** Value, gradient and Hessian-vector product of `sum(weights * body(x))` in one program. */
function derivativeProgram(test: Case): ReturnType<typeof program> {
  const graph = new Graph();
  const xs = test.shapes.map((shape, index) => graph.input(`x${index}`, shape));
  const us = test.shapes.map((shape, index) => graph.input(`u${index}`, shape));
  const named = Object.fromEntries(xs.map((x) => [inputName(x), x]));
  const recorded = (): Node | undefined =>
    recordOn(graph, named, (tensors) => ({ y: test.body(...pair(xs.map((x) => tensors[inputName(x)]))) }))['y'];
  const y = (test.nodes === undefined ? recorded() : test.nodes(xs[0] as Node)) as Node;
  if (test.flat === true) return program(test.name, [...xs, ...us], { y: e.cast(y, 'float32') });
  const weights = graph.constant(draw(sizeOf(y.shape), 0.5, 1.5, 99), y.shape, 'float32');
  const slopes = gradients(e.sum(e.multiply(weights, y)), xs);
  const product = slopes.map((slope, index) => e.sum(e.multiply(slope, us[index] as Node))).reduce((a, b) => e.add(a, b));
  const curvatures = gradients(product, xs);
  return program(test.name, [...xs, ...us], {
    y,
    ...Object.fromEntries(slopes.map((slope, index) => [`g${index}`, slope])),
    ...Object.fromEntries(curvatures.map((curvature, index) => [`h${index}`, curvature])),
  });
}

describe.each(usableEngines)('%s', (_id, definition) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await definition.create({ threads: 1 });
  });
  afterAll(() => engine.dispose());

  it.each(cases.map((test) => [test.name, test] as const))('%s', async (_name, test) => {
    const compiled = await engine.compile(derivativeProgram(test));
    const from = test.from ?? -1.5;
    const values = test.shapes.map((shape, index) => draw(sizeOf(shape), from, test.to ?? 1.5, index + 1));
    const directions = test.shapes.map((shape, index) => draw(sizeOf(shape), -1, 1, index + 11));
    const run = async (at: readonly Float32Array[]): Promise<Record<string, Float32Array>> => {
      const inputs: Record<string, EngineTensor> = {};
      test.shapes.forEach((shape, index) => {
        inputs[`x${index}`] = engine.upload(at[index] as Float32Array, shape);
        inputs[`u${index}`] = engine.upload(directions[index] as Float32Array, shape);
      });
      const outputs = await compiled.run(inputs);
      const result: Record<string, Float32Array> = {};
      for (const [name, tensor] of Object.entries(outputs)) result[name] = Float32Array.from(await engine.download(tensor));
      return result;
    };
    const moved = (by: number): Float32Array[] =>
      values.map((value, index) => value.map((each, at) => each + by * (directions[index]?.[at] ?? 0)));

    const here = await run(values);
    await tf.setBackend('cpu');
    const expected = test.body(...pair(values.map((value, index) => tf.tensor(value, [...(test.shapes[index] ?? [])]))));
    expect(relativeError(here['y'] ?? [], expected.dataSync())).toBeLessThan(1e-5);
    if (test.flat === true) return;

    const STEP = 5e-3;
    const [ahead, behind] = [await run(moved(STEP)), await run(moved(-STEP))];
    const weights = draw(here['y']?.length ?? 0, 0.5, 1.5, 99);
    const total = (result: Record<string, Float32Array>): number =>
      (result['y'] ?? new Float32Array()).reduce((sum, value, index) => sum + value * (weights[index] ?? 0), 0);
    const slope = (total(ahead) - total(behind)) / (2 * STEP);
    const claimed = directions.reduce(
      (sum, direction, index) => sum + direction.reduce((part, each, at) => part + each * (here[`g${index}`]?.[at] ?? Number.NaN), 0),
      0,
    );
    expect(Math.abs(slope - claimed)).toBeLessThan(2e-3 * Math.max(1, Math.abs(slope)));
    const curvature = test.shapes.flatMap((_, index) =>
      [...(ahead[`g${index}`] ?? [])].map((value, at) => (value - (behind[`g${index}`]?.[at] ?? Number.NaN)) / (2 * STEP)),
    );
    const product = test.shapes.flatMap((_, index) => [...(here[`h${index}`] ?? [])]);
    expect(relativeError(product, curvature)).toBeLessThan(1e-2);
    await compiled.dispose();
  });
});

it.each([
  ['cross-entropy', crossEntropyCase('composed', 10), 'FactoredCrossEntropy'],
  ['normaliser', normaliserCase('composed', 10), 'FactoredCrossEntropy'],
  ['soft embedding', softEmbeddingCase('composed', 10), 'SoftEmbedding'],
])('differentiates a %s a fourth time', async (_name, test, op) => {
  const engine = await onnxEngine.create({ threads: 1 });
  const [size] = test.shapes[0] as readonly [number];
  const fourth = async (build: (x: Node) => Node): Promise<Float32Array> => {
    const graph = new Graph();
    const x = graph.input('x', [size]);
    const cubes = (value: Node): Node => e.sum(e.multiply(e.square(gradients(e.sum(e.square(value)), [x])[0] as Node), x));
    const [slope] = gradients(cubes(cubes(cubes(build(x)))), [x]) as [Node];
    const inputs = { x: engine.upload(draw(size, -1, 1, 5), [size]) };
    const outputs = await (await engine.compile(program(test.name, [x], { slope }))).run(inputs);
    return (await engine.download(outputs['slope'] as EngineTensor)) as Float32Array;
  };
  // the same value from ordinary ops alone
  const expanded = (x: Node): Node => program('expanded', [x], { y: (test.nodes as (x: Node) => Node)(x) }).outputs[0]?.node as Node;
  expect(reachableOps((test.nodes as (x: Node) => Node)(new Graph().input('x', [size])))).toContain(op);
  expect(reachableOps(expanded(new Graph().input('x', [size])))).not.toContain(op);
  expect(relativeError(await fourth(test.nodes as (x: Node) => Node), await fourth(expanded))).toBeLessThan(1e-4);
});

it('computes loss, derivative and curvature of a cross-entropy in one pass', () => {
  const graph = new Graph();
  const [x, direction] = [graph.input('x', [16]), graph.input('direction', [16])];
  const loss = (normaliserCase('one pass', 100).nodes as (x: Node) => Node)(x);
  const [first] = gradients(loss, [x]) as [Node];
  const [second] = gradients(e.sum(e.multiply(first, direction)), [x]) as [Node];
  const softmaxes = (outputs: Record<string, Node>): number =>
    program('one pass', [x, direction], outputs).nodes.filter(({ op }) => op === 'Softmax').length;
  expect(softmaxes({ loss, first })).toBe(1);
  expect(softmaxes({ second })).toBe(1);
  expect(softmaxes({ loss, first, second })).toBe(1);
});

it('joins two gradients of embeddings of the same distributions, and embeds by two tables at once', async () => {
  const graph = new Graph();
  const [latents, decoder] = [graph.input('latents', [3, 2]), graph.input('decoder', [2, 5])];
  const [one, two, factor] = [graph.input('one', [5, 2]), graph.input('two', [5, 4]), graph.input('factor', [])];
  const all = [latents, decoder, one, two, factor];
  const outputs = (joined: boolean): Record<string, Node> => {
    const total = (table: Node): Node => e.sum(e.square(softEmbedded(latents, decoder, table, { chunkSize: 10 })));
    const apart = [one, two].map((table) => gradients(total(table), [latents, decoder]));
    const whole = gradients(e.add(total(one), total(two)), [latents, decoder]);
    // a factor that the graph does not know keeps the two apart
    const [first, second] = apart.map(([toLatents]) => toLatents) as [Node, Node];
    return joined ? { latents: whole[0] as Node, decoder: whole[1] as Node } : { latents: e.add(first, e.multiply(second, factor)) };
  };
  const count = (made: Record<string, Node>): number => program('joined', all, made).nodes.filter(({ op }) => op === 'Softmax').length;
  // three rows of five: chunks of two and of one row; embeddings share theirs, and so do gradients
  expect(count(outputs(true))).toBe(4);
  const engine = await onnxEngine.create({ threads: 1 });
  const inputs = {
    latents: engine.upload(draw(6, -1, 1, 1), [3, 2]),
    decoder: engine.upload(draw(10, -1, 1, 2), [2, 5]),
    one: engine.upload(draw(10, -1, 1, 3), [5, 2]),
    two: engine.upload(draw(20, -1, 1, 4), [5, 4]),
    factor: engine.upload(Float32Array.of(1), []),
  };
  const read = async (made: Record<string, Node>): Promise<Float32Array> => {
    const results = await (await engine.compile(program('joined', all, made))).run(inputs);
    return (await engine.download(results['latents'] as EngineTensor)) as Float32Array;
  };
  expect(relativeError(await read(outputs(true)), await read(outputs(false)))).toBeLessThan(1e-5);
});

it('holds a value constant where it is asked to', async () => {
  const engine = await onnxEngine.create({ threads: 1 });
  const graph = new Graph();
  const x = graph.input('x', [2]);
  const [slope] = gradients(e.sum(e.multiply(e.stopGradient(x), x)), [x]) as [Node];
  const outputs = await (await engine.compile(program('stop', [x], { slope }))).run({ x: engine.upload(Float32Array.of(2, 3), [2]) });
  expect([...(await engine.download(outputs['slope'] as EngineTensor))]).toEqual([2, 3]);
});

it('covers every op', () => {
  // macros are expanded, and leaves go, before anything runs
  const composed = ['Leaf', 'FactoredCrossEntropy', 'FactoredCrossEntropyCurvature', 'SoftEmbedding', 'SoftEmbeddingGradient'];
  const used = new Set([...composed, ...cases.flatMap((test) => derivativeProgram(test).nodes.map(({ op }) => op))]);
  const missing = standardOps.names.filter((op) => !used.has(op));
  expect(missing).toEqual([]);
});
