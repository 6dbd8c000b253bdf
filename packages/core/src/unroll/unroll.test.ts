import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type Engine, type EngineTensor } from '../engine/engine.js';
import { onnxEngine } from '../engine/onnx/engine.js';
import { tfjsCpuEngine } from '../engine/tfjs/portable.js';
import { layoutOf } from '../model/layout.js';
import { normal } from '../model/parameters.js';
import { adam } from '../optimizer/adam.js';
import type { AdjointVariant, Optimizer } from '../optimizer/optimizer.js';
import { sgd } from '../optimizer/sgd.js';
import * as e from '../program/expressions.js';
import type { Node } from '../program/graph.js';
import { RandomStream } from '../random/stream.js';
import { startLearner } from './learner.js';
import type { InnerProblem, OuterProblem } from './problem.js';
import type { TrajectoryKind } from './trajectory.js';
import { type MetaGradient, Unroll } from './unroll.js';

const SIZE = 6;
const ROWS = 4;

/** Fits `tanh(x · w)` to learned targets; which rows count changes with every step. */
const problem: InnerProblem = {
  name: 'regression',
  layout: layoutOf({ w: normal([SIZE], 1) }),
  meta: { inputs: { shape: [ROWS, SIZE] }, targets: { shape: [ROWS] } },
  batch: { weights: { shape: [ROWS] } },
  loss: ([w], meta, batch) => {
    const predicted = e.tanh(e.reshape(e.matMul(meta['inputs'] as Node, e.reshape(w as Node, [SIZE, 1])), [ROWS]));
    return e.sum(e.multiply(batch['weights'] as Node, e.square(e.subtract(predicted, meta['targets'] as Node))));
  },
};
const outer: OuterProblem = {
  batch: { wanted: { shape: [SIZE] } },
  loss: ([w], batch) => e.sum(e.square(e.subtract(w as Node, batch['wanted'] as Node))),
};

const stream = new RandomStream(3, 'unroll test');
const values = {
  inputs: stream.normal(ROWS * SIZE),
  targets: stream.normal(ROWS),
  weights: stream.normal(SIZE),
  wanted: stream.normal(SIZE),
};
const batchWeights = Array.from({ length: 450 }, (_, step) => stream.child(step).normal(ROWS).map(Math.abs));

const optimizers: readonly (readonly [string, Optimizer])[] = [
  ['adam', adam({ beta1: 0.9, beta2: 0.99, epsilon: 1e-3, weightDecay: 0 })],
  ['adam with weight decay', adam({ beta1: 0.8, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.1 })],
  ['sgd', sgd({ momentum: 0, weightDecay: 0 })],
  ['sgd with momentum and weight decay', sgd({ momentum: 0.9, weightDecay: 0.1 })],
];

interface Settings {
  readonly optimizer: Optimizer;
  readonly steps: number;
  readonly trajectory?: TrajectoryKind;
  readonly memoryBudget?: number;
  readonly adjoint?: AdjointVariant;
  readonly inputs?: Float32Array;
  readonly learningRate?: number;
  readonly weights?: Float32Array;
  /** Lists the tensors of the start in another order, as a learner that was saved and restored does. */
  readonly restored?: boolean;
}

async function run(engine: Engine, settings: Settings): Promise<MetaGradient> {
  const {
    optimizer,
    steps,
    trajectory = 'stored',
    memoryBudget = Infinity,
    adjoint = 'exact',
    inputs = values.inputs,
    learningRate = 0.02,
    weights = values.weights,
    restored = false,
  } = settings;
  const unroll = await Unroll.compile(engine, problem, outer, optimizer, { trajectory, memoryBudget, adjoint });
  const fresh = startLearner(engine, optimizer, weights);
  const start = restored ? { ...fresh, tensors: Object.fromEntries(Object.entries(fresh.tensors).reverse()) } : fresh;
  const meta = { inputs: engine.upload(inputs, [ROWS, SIZE]), targets: engine.upload(values.targets, [ROWS]) };
  const result = await unroll.metaGradient({
    start,
    steps,
    learningRate,
    meta,
    batch: (index) => ({ weights: batchWeights[index] as Float32Array }),
    outerBatch: { wanted: values.wanted },
  });
  for (const tensor of [...Object.values(start.tensors), ...Object.values(meta)]) tensor.dispose();
  await unroll.dispose();
  return result;
}

const read = async (engine: Engine, tensor: EngineTensor | undefined): Promise<number[]> => [
  ...(await engine.download(tensor as EngineTensor)),
];
const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((value, index) => value - (b[index] ?? Number.NaN))) / Math.hypot(...b);

const onnx = await onnxEngine.create({ threads: 1 });

describe.each(optimizers)('%s', (_name, optimizer) => {
  it('agrees with central differences in the data, the learning rate and the initial weights', async () => {
    const STEP = 2e-3;
    const direction = stream.child('direction').normal(ROWS * SIZE);
    const result = await run(onnx, { optimizer, steps: 12 });
    const along = async (settings: (sign: number) => Partial<Settings>): Promise<number> => {
      const [ahead, behind] = [
        await run(onnx, { optimizer, steps: 12, ...settings(1) }),
        await run(onnx, { optimizer, steps: 12, ...settings(-1) }),
      ];
      return ahead.metaLoss - behind.metaLoss;
    };
    const dot = (a: readonly number[], b: ArrayLike<number>): number =>
      a.reduce((sum, value, index) => sum + value * (b[index] ?? Number.NaN), 0);

    const throughData =
      (await along((sign) => ({ inputs: values.inputs.map((value, index) => value + sign * STEP * (direction[index] ?? 0)) }))) /
      (2 * STEP);
    expect(dot(await read(onnx, result.meta['inputs']), direction) / throughData).toBeCloseTo(1, 1.9);
    const throughRate = (await along((sign) => ({ learningRate: 0.02 + sign * 1e-3 }))) / 2e-3;
    expect(result.learningRate / throughRate).toBeCloseTo(1, 1.9);
    const throughStart =
      (await along((sign) => ({ weights: values.weights.map((value, index) => value + sign * STEP * (direction[index] ?? 0)) }))) /
      (2 * STEP);
    expect(dot(await read(onnx, result.initialWeights), direction.slice(0, SIZE)) / throughStart).toBeCloseTo(1, 1.9);
  });

  it('gives the same with stored and checkpointed states, bit for bit, for any number of steps', async () => {
    // 450 are cut into segments of segments
    for (const steps of [1, 2, 3, 7, 16, 17, 450]) {
      const stored = await run(onnx, { optimizer, steps });
      const checkpointed = await run(onnx, { optimizer, steps, trajectory: 'checkpointed' });
      expect(await read(onnx, checkpointed.meta['inputs'])).toEqual(await read(onnx, stored.meta['inputs']));
      expect(checkpointed.innerLosses).toEqual(stored.innerLosses);
      expect(checkpointed.final.step).toBe(steps);
    }
  });

  it.each(['stored', 'checkpointed'] as const)('gives the same with %s states on disk, bit for bit', async (trajectory) => {
    const bytesOfState = SIZE * 4 * (1 + optimizer.slots.length);
    const expected = await run(onnx, { optimizer, steps: 17 });
    for (const memoryBudget of [1, 2 * bytesOfState, 5 * bytesOfState]) {
      const spilled = await run(onnx, { optimizer, steps: 17, trajectory, memoryBudget });
      expect(await read(onnx, spilled.meta['inputs'])).toEqual(await read(onnx, expected.meta['inputs']));
      expect(await read(onnx, spilled.initialWeights)).toEqual(await read(onnx, expected.initialWeights));
    }
  });

  it.each(['stored', 'checkpointed'] as const)(
    'gives the same with %s states on disk from a start that was restored',
    async (trajectory) => {
      const expected = await run(onnx, { optimizer, steps: 17 });
      const spilled = await run(onnx, { optimizer, steps: 17, trajectory, memoryBudget: 1, restored: true });
      expect(await read(onnx, spilled.meta['inputs'])).toEqual(await read(onnx, expected.meta['inputs']));
      expect(await read(onnx, spilled.initialWeights)).toEqual(await read(onnx, expected.initialWeights));
    },
  );
});

describe('adjoint variants', () => {
  const inputsGradient = async (optimizer: Optimizer, adjoint: AdjointVariant, steps = 20): Promise<number[]> =>
    read(onnx, (await run(onnx, { optimizer, steps, adjoint })).meta['inputs']);

  it('the paper equals the exact adjoint over one step, and differs over many', async () => {
    const optimizer = adam({ beta1: 0.9, beta2: 0.99, epsilon: 1e-1, weightDecay: 0 });
    expect(distance(await inputsGradient(optimizer, 'paper', 1), await inputsGradient(optimizer, 'exact', 1))).toBeLessThan(1e-4);
    expect(distance(await inputsGradient(optimizer, 'paper'), await inputsGradient(optimizer, 'exact'))).toBeGreaterThan(1e-2);
  });

  it('detached equals the exact adjoint when epsilon outweighs second moments, and differs when it does not', async () => {
    const damped = adam({ beta1: 0.9, beta2: 0.99, epsilon: 1e5, weightDecay: 0 });
    expect(distance(await inputsGradient(damped, 'detached'), await inputsGradient(damped, 'exact'))).toBeLessThan(1e-3);
    const usual = adam({ beta1: 0.9, beta2: 0.99, epsilon: 1e-3, weightDecay: 0 });
    expect(distance(await inputsGradient(usual, 'detached'), await inputsGradient(usual, 'exact'))).toBeGreaterThan(1e-2);
  });
});

describe('the reversible trajectory', () => {
  it('agrees while few steps are undone and refuses a state that is no longer finite', async () => {
    const optimizer = adam({ beta1: 0.9, beta2: 0.99, epsilon: 1e-3, weightDecay: 0 });
    const stored = await read(onnx, (await run(onnx, { optimizer, steps: 4 })).meta['inputs']);
    expect(
      distance(await read(onnx, (await run(onnx, { optimizer, steps: 4, trajectory: 'reversible' })).meta['inputs']), stored),
    ).toBeLessThan(1e-2);
    const fragile = adam({ beta1: 0.5, beta2: 0.1, epsilon: 1e-8, weightDecay: 0 });
    await expect(run(onnx, { optimizer: fragile, steps: 40, trajectory: 'reversible' })).rejects.toMatchObject({
      code: 'FARZI_NON_FINITE',
    });
  });
});

describe('tensors of the TensorFlow.js engines', () => {
  it.each(['stored', 'checkpointed', 'reversible'] as const)('are all freed with the %s trajectory', async (trajectory) => {
    const engine = await tfjsCpuEngine.create({ threads: 1 });
    const optimizer = optimizers[0]?.[1] as Optimizer;
    const once = async (): Promise<number> => {
      const result = await run(engine, { optimizer, steps: 5, trajectory });
      for (const tensor of [...Object.values(result.meta), result.initialWeights, ...Object.values(result.final.tensors)]) tensor.dispose();
      return tf.memory().numTensors;
    };
    const before = await once();
    expect(await once()).toBe(before);
  });
});
