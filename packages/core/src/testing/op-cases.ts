import * as tf from '@tensorflow/tfjs-core';
import * as e from '../program/expressions.js';
import { gradients } from '../program/gradients.js';
import { Graph } from '../program/graph.js';
import { normaliserLoss, softCrossEntropyLoss } from '../program/macros/cross-entropy.js';
import { softEmbedded } from '../program/macros/soft-embedding.js';
import { inputName, type Node, type Program, sizeOf } from '../program/node.js';
import { program } from '../program/program.js';
import { recordOn } from '../program/record.js';

type Body = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** What one op computes, by TensorFlow.js, and where it is differentiated. */
export interface OpCase {
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

const smooth = (name: string, body: Body, from = -1.5, to = 1.5): OpCase => ({ name, body, shapes: [[2, 3]], from, to });
const flat = (name: string, body: Body, shapes: OpCase['shapes'] = [[2, 3]]): OpCase => ({ name, body, shapes, flat: true });
const two = (name: string, body: Body, from = -1.5, to = 1.5): OpCase[] => [
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
const shaped = (name: string, body: Body, ...shapes: (readonly number[])[]): OpCase => ({ name, body, shapes });

/** hidden `[3, 2]`, table `[5, 2]`, latents `[3, 2]` and decoder `[2, 5]` in one flat vector; the weights are fixed. */
const crossEntropyShapes = [
  [3, 2],
  [5, 2],
  [3, 2],
  [2, 5],
] as const;
const rowWeights = [0.5, 0, 2];
export const crossEntropyCase = (name: string, chunkSize: number): OpCase => ({
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
export const normaliserCase = (name: string, chunkSize: number): OpCase => ({
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
export const softEmbeddingCase = (name: string, chunkSize: number): OpCase => ({
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
export const opCases: readonly OpCase[] = [
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
  shaped('conv1d', (x, filter) => tf.conv1d(x as tf.Tensor3D, filter as tf.Tensor3D, 1, 'same'), [2, 5, 3], [3, 3, 2]),
  shaped('conv1d, dilated', (x, filter) => tf.conv1d(x as tf.Tensor3D, filter as tf.Tensor3D, 1, 'valid', 'NWC', 2), [2, 6, 2], [2, 2, 3]),
  shaped('conv1d with a stride', (x, filter) => tf.conv1d(x as tf.Tensor3D, filter as tf.Tensor3D, 2, 'same'), [1, 5, 2], [3, 2, 2]),
  shaped('conv2d with zeros beside', (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 1), [1, 3, 4, 1], [3, 3, 1, 2]),
  shaped('conv2d', (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [2, 1], 'same'), [1, 4, 3, 2], [3, 2, 2, 2]),
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
export function draw(size: number, from: number, to: number, seed: number): Float32Array {
  let state = seed * 2654435761 + 12345;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const value = from + ((to - from) * state) / 4294967296;
    return Math.abs((Math.abs(value) % 1) - 0.5) < 0.02 ? value + 0.05 : value;
  });
}

/** The one or two operands of a case. */
export const pair = (tensors: readonly (tf.Tensor | undefined)[]): [tf.Tensor, tf.Tensor] => [
  tensors[0] as tf.Tensor,
  (tensors[1] ?? tensors[0]) as tf.Tensor,
];

/** Value, gradient and Hessian-vector product of `sum(weights * body(x))` in one program. */
export function derivativeProgram(test: OpCase): Program {
  const graph = new Graph();
  const xs = test.shapes.map((shape, index) => graph.input(`x${index}`, shape));
  const us = test.shapes.map((shape, index) => graph.input(`u${index}`, shape));
  const named = Object.fromEntries(xs.map((x) => [inputName(x), x]));
  const recorded = (): Node => recordOn(graph, named, (tensors) => ({ y: test.body(...pair(xs.map((x) => tensors[inputName(x)]))) })).y;
  const y = test.nodes === undefined ? recorded() : test.nodes(xs[0] as Node);
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
