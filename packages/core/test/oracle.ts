import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { type Engine, type EngineTensor, type HostValues } from '../src/engine/engine.js';
import { FarziError, isFarziError } from '../src/errors.js';
import { layoutOf } from '../src/model/layout.js';
import { normal } from '../src/model/parameters.js';
import { adam } from '../src/optimizer/adam.js';
import * as e from '../src/program/expressions.js';
import type { Node } from '../src/program/node.js';
import { recordOn } from '../src/program/record.js';
import { decode } from '../src/synthetic/decode.js';
import { startLearner } from '../src/unroll/learner.js';
import type { InnerProblem, OuterProblem } from '../src/unroll/problem.js';
import { names } from '../src/unroll/programs.js';
import type { TrajectoryStrategy } from '../src/unroll/trajectory.js';
import { Unroll } from '../src/unroll/unroll.js';

type Nested = number | readonly Nested[];
type NamedParameters = Readonly<Record<'E' | 'W1' | 'c1' | 'W2' | 'c2', Nested>>;

/** One case of an oracle file; see fixtures/oracle/README.md. */
export interface OracleCase {
  readonly config: {
    readonly T: number;
    readonly beta1: number;
    readonly beta2: number;
    readonly eps: number;
    readonly learningRate: number;
    readonly weightDecay: number;
    readonly temperature: number;
    readonly hardInputs: boolean;
  };
  readonly latents: Nested;
  readonly decoder: Nested;
  readonly initialParams: NamedParameters;
  readonly realTokens: readonly (readonly number[])[];
  readonly learnerInputIds: readonly (readonly number[])[] | null;
  readonly innerLosses: readonly number[];
  readonly finalParams: NamedParameters;
  readonly metaLoss: number;
  readonly metaGradient: {
    readonly latents: Nested;
    readonly decoder: Nested;
    readonly learningRate: number;
    readonly initialParams: NamedParameters;
  };
}

/** Relative L2 errors of one case. */
export interface OracleErrors {
  readonly losses: number;
  readonly latents: number;
  readonly decoder: number;
  readonly learningRate: number;
  readonly initialParameters: number;
  readonly finalParameters: number;
}

const flat = (nested: Nested): number[] => (typeof nested === 'number' ? [nested] : nested.flatMap(flat));
const shapeOf = (nested: Nested): number[] => (typeof nested === 'number' ? [] : [nested.length, ...shapeOf(nested[0] as Nested)]);

/** The parameters in the oracle's own order. */
const parameterNames = ['E', 'W1', 'c1', 'W2', 'c2'] as const;
const flatParameters = (parameters: NamedParameters): number[] => parameterNames.flatMap((name) => flat(parameters[name]));

/** How far float32 can be trusted. */
const TOLERANCE = 1e-4;

/** The same for losses, which no derivative has gone through. */
const LOSS_TOLERANCE = 1e-5;

/** Names of the errors that are above their tolerance. */
export function aboveTolerance(errors: OracleErrors): string[] {
  return Object.entries(errors)
    .filter(([name, error]) => !(error <= (name === 'losses' ? LOSS_TOLERANCE : TOLERANCE)))
    .map(([name]) => name);
}

export async function readOracle(file: string): Promise<OracleCase[]> {
  return JSON.parse(await readFile(file, 'utf8')) as OracleCase[];
}

function relativeError(actual: ArrayLike<number>, expected: readonly number[]): number {
  if (actual.length !== expected.length)
    throw new FarziError('FARZI_INTERNAL', `${actual.length} values to compare with ${expected.length}`);
  const norm = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return norm(expected.map((value, index) => (actual[index] ?? Number.NaN) - value)) / Math.max(norm(expected), Number.MIN_VALUE);
}

/** The oracle's learner in TensorFlow.js ops: logits from embedded tokens. */
function logits(embedded: tf.Tensor, [w1, c1, w2, c2]: readonly tf.Tensor[]): tf.Tensor {
  const hidden = tf.tanh(tf.add(tf.matMul(embedded, w1 as tf.Tensor), c1 as tf.Tensor));
  return tf.add(tf.matMul(hidden, w2 as tf.Tensor), c2 as tf.Tensor);
}

/**
 * Mean cross-entropy of `targets` (distributions `[rows, vocabulary]`) under the learner, which reads `inputs`
 * (distributions, or ids where `hard`).
 */
function crossEntropy(parameters: readonly Node[], inputs: Node, targets: Node, hard: boolean): Node {
  const [table] = parameters as readonly [Node];
  const named = Object.fromEntries(
    ['inputs', ...parameterNames].map((name, index) => [name, index === 0 ? inputs : (parameters[index - 1] as Node)]),
  );
  const { out } = recordOn(table.graph, named, (tensors) => {
    const [x, embedding, ...rest] = ['inputs', ...parameterNames].map((name) => tensors[name] as tf.Tensor);
    const embedded = hard ? tf.gather(embedding as tf.Tensor, x as tf.Tensor1D) : tf.matMul(x as tf.Tensor, embedding as tf.Tensor);
    return { out: tf.logSoftmax(logits(embedded, rest)) };
  });
  return e.multiply(e.sum(e.multiply(targets, out)), -1 / (targets.shape[0] as number));
}

function innerProblem({ config, latents, decoder, initialParams, learnerInputIds }: OracleCase): InnerProblem {
  const [sequences, positions] = shapeOf(latents) as [number, number];
  const part = (x: Node, from: number): Node =>
    e.reshape(e.slice(x, [0, from, 0], [sequences, positions - 1, x.shape[2] as number]), [
      sequences * (positions - 1),
      x.shape[2] as number,
    ]);
  return {
    name: 'oracle',
    layout: layoutOf(Object.fromEntries(parameterNames.map((name) => [name, normal(shapeOf(initialParams[name]), 1)]))),
    meta: { latents: { shape: shapeOf(latents) }, decoder: { shape: shapeOf(decoder) } },
    batch: {},
    loss: (parameters, meta) => {
      const data = decode(meta['latents'] as Node, meta['decoder'] as Node, config.temperature);
      const ids = learnerInputIds?.flatMap((row) => row.slice(0, positions - 1));
      const inputs = ids === undefined ? part(data, 0) : e.constant(data, Int32Array.from(ids), [ids.length], 'int32');
      return crossEntropy(parameters, inputs, part(data, 1), ids !== undefined);
    },
  };
}

function outerProblem({ realTokens, decoder }: OracleCase): OuterProblem {
  const vocabulary = shapeOf(decoder)[1] as number;
  return {
    batch: {},
    loss: (parameters) => {
      const { graph } = parameters[0] as Node;
      const hot = (ids: readonly number[]): Node => e.oneHot(graph.constant(Int32Array.from(ids), [ids.length], 'int32'), vocabulary);
      return crossEntropy(
        parameters,
        hot(realTokens.flatMap((row) => row.slice(0, -1))),
        hot(realTokens.flatMap((row) => row.slice(1))),
        false,
      );
    },
  };
}

/** Runs one case through recording, differentiation and unrolling, and compares with what the oracle expects. */
export async function checkCase(engine: Engine, trajectory: TrajectoryStrategy, oracle: OracleCase): Promise<OracleErrors> {
  const { config } = oracle;
  const optimizer = adam({ beta1: config.beta1, beta2: config.beta2, epsilon: config.eps, weightDecay: config.weightDecay });
  const unroll = await Unroll.compile(engine, innerProblem(oracle), outerProblem(oracle), optimizer, { trajectory, adjoint: 'exact' });
  const upload = (nested: Nested): EngineTensor => engine.upload(Float32Array.from(flat(nested)), shapeOf(nested));
  const result = await unroll.metaGradient({
    start: startLearner(engine, optimizer, Float32Array.from(flatParameters(oracle.initialParams))),
    steps: config.T,
    learningRate: config.learningRate,
    meta: { latents: upload(oracle.latents), decoder: upload(oracle.decoder) },
    batch: () => ({}),
    outerBatch: {},
  });
  const read = (tensor: EngineTensor | undefined): Promise<HostValues> => engine.download(tensor as EngineTensor);
  const expected = oracle.metaGradient;
  const errors = {
    losses: relativeError([...result.innerLosses, result.metaLoss], [...oracle.innerLosses, oracle.metaLoss]),
    latents: relativeError(await read(result.meta['latents']), flat(expected.latents)),
    decoder: relativeError(await read(result.meta['decoder']), flat(expected.decoder)),
    learningRate: relativeError([result.learningRate], [expected.learningRate]),
    initialParameters: relativeError(await read(result.initialWeights), flatParameters(expected.initialParams)),
    finalParameters: relativeError(await read(result.final.tensors[names.weights]), flatParameters(oracle.finalParams)),
  };
  await unroll.dispose();
  return errors;
}

/**
 * What is said about one case. Trajectories that undo Adam in floating point are measured, not judged: they `drift`, or
 * are `lost`.
 */
export interface OracleRow {
  readonly verdict: 'ok' | 'FAIL' | 'drift' | 'lost';
  readonly text: string;
}

/**
 * Runs one case; a trajectory that loses the learner's state, or a judged one that throws, gives a row like any other.
 */
export async function oracleRow(engine: Engine, trajectory: TrajectoryStrategy, index: number, oracle: OracleCase): Promise<OracleRow> {
  const judged = !trajectory.needsUndo;
  const row = (verdict: OracleRow['verdict'], figures: string): OracleRow => ({
    verdict,
    text: `${verdict.padEnd(5)} ${engine.id.padEnd(9)} ${trajectory.id.padEnd(12)} case ${index} T=${String(oracle.config.T).padEnd(3)} ${figures}`,
  });
  try {
    const errors = await checkCase(engine, trajectory, oracle);
    const figures = Object.entries(errors).map(([name, error]) => `${name} ${Number(error).toExponential(1)}`);
    const above = aboveTolerance(errors).length > 0;
    return row(above ? (judged ? 'FAIL' : 'drift') : 'ok', `${figures.join('  ')}  (limit ${TOLERANCE}, losses ${LOSS_TOLERANCE})`);
  } catch (error) {
    if (!isFarziError(error)) throw error;
    if (judged) return row('FAIL', `${error.code}: ${error.message}`);
    if (error.code !== 'FARZI_NON_FINITE') throw error;
    return row('lost', error.message);
  }
}
