import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { disposeAll, type Engine, type EngineTensor } from '../engine/engine.js';
import { onnxEngine } from '../engine/onnx/native.js';
import { tfjsCpuEngine } from '../engine/tfjs/portable.js';
import { layoutOf } from '../model/layout.js';
import { normal } from '../model/parameters.js';
import { adam } from '../optimizer/adam.js';
import type { AdjointVariant, Optimizer } from '../optimizer/optimizer.js';
import { sgd } from '../optimizer/sgd.js';
import * as e from '../program/expressions.js';
import type { Node } from '../program/node.js';
import { RandomStream } from '../random/stream.js';
import { startLearner } from './learner.js';
import type { InnerProblem, OuterProblem } from './problem.js';
import { checkpointed, reversible, stored } from './strategies.js';
import type { TrajectoryStrategy } from './trajectory.js';
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
  readonly trajectory?: TrajectoryStrategy;
  readonly memoryBudget?: number;
  readonly adjoint?: AdjointVariant;
  readonly inputs?: Float32Array;
  readonly learningRate?: number;
  readonly weights?: Float32Array;
  /** Lists the tensors of the start in another order, as a learner that was saved and restored does. */
  readonly restored?: boolean;
  /** Which time that a batch is asked for, from 1, throws. */
  readonly failAt?: number;
}

async function run(engine: Engine, settings: Settings): Promise<MetaGradient> {
  const {
    optimizer,
    steps,
    trajectory = stored,
    memoryBudget = Infinity,
    adjoint = 'exact',
    inputs = values.inputs,
    learningRate = 0.02,
    weights = values.weights,
    restored = false,
    failAt = Infinity,
  } = settings;
  const unroll = await Unroll.compile(engine, problem, outer, optimizer, { trajectory, memoryBudget, adjoint });
  const fresh = startLearner(engine, optimizer, weights);
  const start = restored ? { ...fresh, tensors: Object.fromEntries(Object.entries(fresh.tensors).reverse()) } : fresh;
  const meta = { inputs: engine.upload(inputs, [ROWS, SIZE]), targets: engine.upload(values.targets, [ROWS]) };
  let asked = 0;
  try {
    return await unroll.metaGradient({
      ...{ start, steps, learningRate, meta },
      batch: (index) => {
        if (++asked === failAt) throw new Error('no batch');
        return { weights: batchWeights[index] as Float32Array };
      },
      outerBatch: { wanted: values.wanted },
    });
  } finally {
    disposeAll(start.tensors);
    disposeAll(meta);
    await unroll.dispose();
  }
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
      const kept = await run(onnx, { optimizer, steps });
      const replayed = await run(onnx, { optimizer, steps, trajectory: checkpointed });
      expect(await read(onnx, replayed.meta['inputs'])).toEqual(await read(onnx, kept.meta['inputs']));
      expect(replayed.innerLosses).toEqual(kept.innerLosses);
      expect(replayed.final.step).toBe(steps);
    }
  });

  it.each([stored, checkpointed])('gives the same with $id states on disk, bit for bit', async (trajectory) => {
    const bytesOfState = SIZE * 4 * (1 + optimizer.slots.length);
    const expected = await run(onnx, { optimizer, steps: 17 });
    for (const memoryBudget of [1, 2 * bytesOfState, 5 * bytesOfState]) {
      const spilled = await run(onnx, { optimizer, steps: 17, trajectory, memoryBudget });
      expect(await read(onnx, spilled.meta['inputs'])).toEqual(await read(onnx, expected.meta['inputs']));
      expect(await read(onnx, spilled.initialWeights)).toEqual(await read(onnx, expected.initialWeights));
    }
  });

  it.each([stored, checkpointed])('gives the same with $id states on disk from a start that was restored', async (trajectory) => {
    const expected = await run(onnx, { optimizer, steps: 17 });
    const spilled = await run(onnx, { optimizer, steps: 17, trajectory, memoryBudget: 1, restored: true });
    expect(await read(onnx, spilled.meta['inputs'])).toEqual(await read(onnx, expected.meta['inputs']));
    expect(await read(onnx, spilled.initialWeights)).toEqual(await read(onnx, expected.initialWeights));
  });
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
    const exact = await read(onnx, (await run(onnx, { optimizer, steps: 4 })).meta['inputs']);
    expect(
      distance(await read(onnx, (await run(onnx, { optimizer, steps: 4, trajectory: reversible })).meta['inputs']), exact),
    ).toBeLessThan(1e-2);
    const fragile = adam({ beta1: 0.5, beta2: 0.1, epsilon: 1e-8, weightDecay: 0 });
    await expect(run(onnx, { optimizer: fragile, steps: 40, trajectory: reversible })).rejects.toMatchObject({
      code: 'FARZI_NON_FINITE',
    });
  });
});

describe('tensors of the TensorFlow.js engines', async () => {
  const engine = await tfjsCpuEngine.create({ threads: 1 });
  const optimizer = adam({ epsilon: 1e-3 });

  it.each([stored, checkpointed, reversible])('are all freed with the $id trajectory', async (trajectory) => {
    const once = async (): Promise<number> => {
      const result = await run(engine, { optimizer, steps: 5, trajectory });
      disposeAll({ ...result.meta, ...result.final.tensors, initialWeights: result.initialWeights });
      return tf.memory().numTensors;
    };
    const before = await once();
    expect(await once()).toBe(before);
  });

  it.each([
    [stored, Infinity],
    [stored, 1],
    [checkpointed, Infinity],
    [checkpointed, 1],
    [reversible, Infinity],
  ] as const)('are all freed when a step throws, wherever it does ($0.id, $1 bytes)', async (trajectory, memoryBudget) => {
    const steps = 7;
    const before = tf.memory().numTensors;
    let [failAt, failed] = [0, true];
    while (failed) {
      failAt += 1;
      failed = await run(engine, { optimizer, steps, trajectory, memoryBudget, failAt }).then(
        (result) => {
          disposeAll({ ...result.meta, ...result.final.tensors, initialWeights: result.initialWeights });
          return false;
        },
        () => true,
      );
      expect(tf.memory().numTensors - before, `left over when batch ${failAt} was asked for`).toBe(0);
    }
    // forward and back at least
    expect(failAt).toBeGreaterThan(2 * steps);
  });

  it.each(['segments of segments', 'states that cannot be written'])('are all freed: %s', async (what) => {
    const before = tf.memory().numTensors;
    if (what === 'states that cannot be written') {
      vi.stubEnv('TMPDIR', '/nowhere/at/all');
      for (const trajectory of [stored, checkpointed]) {
        const failing = run(engine, { optimizer, steps: 9, trajectory, memoryBudget: 1 });
        await expect(failing).rejects.toMatchObject({ code: 'FARZI_SCRATCH_FILE' });
      }
      vi.unstubAllEnvs();
    } else {
      // on the way there, while a segment is replayed, and further back
      for (const failAt of [440, 500, 700]) {
        const failing = run(engine, { optimizer, steps: 450, trajectory: checkpointed, failAt });
        await expect(failing).rejects.toThrow('no batch');
      }
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('are all freed when undoing has lost the state', async () => {
    const fragile = adam({ beta1: 0.5, beta2: 0.1, epsilon: 1e-8 });
    const before = tf.memory().numTensors;
    const lost = run(engine, { optimizer: fragile, steps: 40, trajectory: reversible });
    await expect(lost).rejects.toMatchObject({ code: 'FARZI_NON_FINITE' });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('an optimizer that cannot undo its steps', () => {
  const { undo: _undo, ...optimizer } = adam({ epsilon: 1e-3 });

  it('works with trajectories that keep states, and is refused by one that undoes them', async () => {
    const { metaLoss } = await run(onnx, { optimizer, steps: 3 });
    expect((await run(onnx, { optimizer, steps: 3, trajectory: checkpointed })).metaLoss).toBe(metaLoss);
    await expect(run(onnx, { optimizer, steps: 3, trajectory: reversible })).rejects.toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
      message: 'The trajectory "reversible" undoes steps of training, which the optimizer "adam" cannot.',
      hint: 'Use the trajectory stored or checkpointed: they work with every optimizer.',
    });
  });
});
