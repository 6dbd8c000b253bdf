import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { errorOf, expectAllClose } from '../../test/allclose.js';
import { engine } from '../../test/engine.js';
import type { EngineTensor } from '../engine/engine.js';
import { builtInEngines } from '../engine/built-in.js';
import { layoutOf } from '../model/layout.js';
import { normal } from '../model/parameters.js';
import { adam } from '../optimizer/adam.js';
import { constantRate, cosineRate } from '../optimizer/schedule.js';
import { sgd } from '../optimizer/sgd.js';
import * as e from '../program/expressions.js';
import type { Node } from '../program/node.js';
import { RandomStream } from '../random/stream.js';
import type { TrainingSource } from '../unroll/source.js';
import { train, type TrainedModel, type TrainingCheckpoint, type TrainingRequest } from './train.js';

/** Pulls three weights towards a batch's target. */
const source: TrainingSource = {
  problem: {
    name: 'toy',
    layout: layoutOf({ w: normal([3], 1) }),
    meta: {},
    batch: { target: { shape: [3] } },
    loss: ([w], _meta, batch) => e.sum(e.square(e.subtract(w as Node, batch['target'] as Node))),
  },
  meta: {},
  batch: (stream) => ({
    target: stream
      .child('noise')
      .normal(3, 0.1)
      .map((value) => value + 2),
  }),
};

/** A request whose validations give these scores, the last one for ever. */
function request(
  scores: readonly number[],
  budget: Partial<TrainingRequest['budget']> = {},
  rest: Partial<TrainingRequest> = {},
): TrainingRequest {
  let looks = 0;
  return {
    engine,
    source,
    optimizer: sgd({ momentum: 0, weightDecay: 0 }),
    stream: new RandomStream(8, 'train'),
    budget: { learningRate: 0.1, schedule: constantRate, maxSteps: 8, evaluateEvery: 2, patience: 10, ...budget },
    validate: () => Promise.resolve(scores[Math.min(looks++, scores.length - 1)] ?? Number.NaN),
    ...rest,
  };
}
const weightsAfter = async (given: TrainingRequest): Promise<number[]> => [...(await given.engine.download((await train(given)).weights))];

describe('train', () => {
  it('takes the steps of its optimizer on the batches of its stream', async () => {
    const stream = new RandomStream(8, 'train');
    let expected = [...stream.child('weights', 'w').normal(3)];
    const losses: number[] = [];
    for (let step = 0; step < 4; step++) {
      const target = source.batch(stream.child('step', step))['target'] ?? [];
      losses.push(expected.reduce((sum, w, at) => sum + (w - (target[at] ?? 0)) ** 2, 0));
      expected = expected.map((w, at) => w - 0.1 * 2 * (w - (target[at] ?? 0)));
    }
    const seen: [number, number | undefined][] = [];
    const trained = await train(request([1], { maxSteps: 4 }, { onStep: (step, loss) => seen.push([step, loss]) }));
    expect(trained.history.map(({ step }) => step)).toEqual([2, 4]);
    expectAllClose(
      trained.history.map(({ loss }) => loss),
      [losses[1] ?? 0, losses[3] ?? 0],
    );
    expect(seen.map(([step, loss]) => [step, loss === undefined])).toEqual([
      [1, true],
      [2, false],
      [3, true],
      [4, false],
    ]);
    expectAllClose(await weightsAfter(request([1, 2], { maxSteps: 4 })), expected);
    expect(trained.seconds).toBeGreaterThan(0);
  });

  it('keeps the weights that were best on validation', async () => {
    const trained = await train(request([1, 3, 2, 2.5], {}, { keepSnapshots: true }));
    expect(trained).toMatchObject({ step: 4, score: 3, stopped: 'budget' });
    expect(trained.history.map(({ step }) => step)).toEqual([2, 4, 6, 8]);
    expect(trained.snapshots).toHaveLength(4);
    expect([...(trained.snapshots[1] ?? [])]).toEqual([...(await engine.download(trained.weights))]);
    expect([...(await engine.download(trained.weights))]).toEqual(await weightsAfter(request([1, 2], { maxSteps: 4 })));
  });

  it('prefers the earlier of two equal scores, and looks at the last step', async () => {
    const trained = await train(request([1, 2, 2, 2], { maxSteps: 7 }));
    expect(trained.step).toBe(4);
    expect(trained.history.map(({ step }) => step)).toEqual([2, 4, 6, 7]);
  });

  it('stops after as many looks without improvement as its patience', async () => {
    const trained = await train(request([1, 3, 2, 1, 9], { maxSteps: 100, patience: 2 }));
    expect(trained).toMatchObject({ step: 4, score: 3, stopped: 'patience' });
    expect(trained.history.at(-1)?.step).toBe(8);
  });

  it('follows its schedule', async () => {
    const constant = await weightsAfter(request([1, 2, 3, 4]));
    const cosine = await weightsAfter(request([1, 2, 3, 4], { schedule: cosineRate() }));
    expect(cosine).not.toEqual(constant);
  });

  it('gives the same weights for the same stream', async () => {
    expect(await weightsAfter(request([1]))).toEqual(await weightsAfter(request([1])));
    expect(await weightsAfter(request([1], {}, { stream: new RandomStream(9) }))).not.toEqual(await weightsAfter(request([1])));
  });

  it('frees all but the weights it gives', async () => {
    const cpu = await builtInEngines.find(({ id }) => id === 'tfjs-cpu')?.create({ threads: 1 });
    if (cpu === undefined) throw new Error('tfjs-cpu is missing');
    const optimizer = adam({ beta1: 0.9, beta2: 0.99, epsilon: 1e-3, weightDecay: 0 });
    const before = tf.memory().numTensors;
    for (const scores of [[1, 3, 2, 2.5], [1], [1, 2, 3, 4]]) {
      (await train(request(scores, {}, { engine: cpu, optimizer }))).weights.dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
    const controller = new AbortController();
    await errorOf(() =>
      train(request([1, 2], {}, { engine: cpu, optimizer, signal: controller.signal, onStep: (step) => step === 5 && controller.abort() })),
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('training that goes wrong', () => {
  it('is refused when the loss is not finite at the first validation', async () => {
    expect(await errorOf(() => train(request([1], { learningRate: 1e30 })))).toMatchObject({
      code: 'FARZI_NON_FINITE',
      message: 'The loss became Infinity after 2 steps of training on toy.',
      hint: 'Lower the learning rate or raise epsilon.',
    });
  });

  it('gives the best weights before it', async () => {
    const trained = await train(request([1], { learningRate: 1e30, evaluateEvery: 1 }));
    expect(trained).toMatchObject({ step: 1, score: 1, stopped: 'diverged' });
  });

  it('never prefers weights without a finite score', async () => {
    expect(await train(request([Number.NaN, 1, 2, Number.NaN]))).toMatchObject({ step: 6, score: 2 });
    expect(await train(request([-Infinity, -5, -6, -7]))).toMatchObject({ step: 4, score: -5 });
    expect(await errorOf(() => train(request([Number.NaN])))).toMatchObject({
      code: 'FARZI_NON_FINITE',
      message: 'The validation score is NaN after 8 steps of training on toy.',
    });
  });
});

describe('a checkpoint', () => {
  const optimizer = adam({ beta1: 0.9, beta2: 0.99, epsilon: 1e-3, weightDecay: 0 });

  /** A request whose second look, after step 4, is the best: nearest to where the first weight is then. */
  async function secondLookBest(budget: Partial<TrainingRequest['budget']> = {}): Promise<TrainingRequest> {
    const { snapshots } = await train(request([1], budget, { optimizer, keepSnapshots: true }));
    const target = snapshots[1]?.[0] ?? Number.NaN;
    const validate = async (weights: EngineTensor): Promise<number> => 1 - Math.abs(((await engine.download(weights))[0] ?? 0) - target);
    return request([], budget, { optimizer, keepSnapshots: true, validate });
  }

  const outcome = async (trained: TrainedModel) => ({
    ...trained,
    weights: [...(await engine.download(trained.weights))],
    snapshots: trained.snapshots.map((each) => [...each]),
    seconds: trained.seconds > 0,
  });

  /** Trains until some step, and gives the checkpoint as it is after a way through JSON. */
  async function interruptedAt(step: number, given: TrainingRequest): Promise<TrainingCheckpoint> {
    const controller = new AbortController();
    let saved: TrainingCheckpoint | undefined;
    const error = await errorOf(() =>
      train({
        ...given,
        signal: controller.signal,
        onStep: (done) => done === step && controller.abort(),
        onCheckpoint: (checkpoint) => Promise.resolve(void (saved = checkpoint)),
      }),
    );
    expect(error).toMatchObject({ code: 'FARZI_INTERRUPTED' });
    const { progress, tensors } = saved as unknown as TrainingCheckpoint;
    return { progress: JSON.parse(JSON.stringify(progress)) as TrainingCheckpoint['progress'], tensors };
  }

  it.each([1, 2, 5, 6, 7])('taken after step %i leads to the same end', async (step) => {
    const given = await secondLookBest();
    const whole = await outcome(await train(given));
    expect(whole).toMatchObject({ step: 4, stopped: 'budget' });
    const told: [number, number | undefined][] = [];
    const resumeFrom = await interruptedAt(step, given);
    const resumed = await train({ ...given, resumeFrom, onStep: (...all) => told.push(all) });
    expect(await outcome(resumed)).toEqual(whole);
    // what was measured before, for those who did not hear it, and then what is new
    const before = whole.history.filter((each) => each.step <= step).map(({ step: at, loss }) => [at, loss]);
    expect(told.slice(0, before.length)).toEqual(before);
    expect(told[before.length]?.[0]).toBe(step + 1);
  });

  it('leads to the same end when it is taken between the last look and the end of patience', async () => {
    const given = await secondLookBest({ maxSteps: 100, patience: 2 });
    const whole = await outcome(await train(given));
    expect(whole.stopped).toBe('patience');
    const resumeFrom = await interruptedAt((whole.history.at(-1)?.step ?? 0) - 1, given);
    expect(await outcome(await train({ ...given, resumeFrom }))).toEqual(whole);
  });

  it('of what has ended gives that at once', async () => {
    let resumeFrom: TrainingCheckpoint | undefined;
    const given = await secondLookBest();
    const onCheckpoint = (checkpoint: TrainingCheckpoint): Promise<void> => Promise.resolve(void (resumeFrom = checkpoint));
    const whole = await outcome(await train({ ...given, onCheckpoint }));
    const steps: number[] = [];
    const saved = resumeFrom as unknown as TrainingCheckpoint;
    expect(await outcome(await train({ ...given, resumeFrom: saved, onStep: (step) => steps.push(step) }))).toEqual(whole);
    expect(steps).toEqual(whole.history.map(({ step }) => step));
  });
});

describe('an aborted signal', () => {
  it('interrupts before the next step', async () => {
    const controller = new AbortController();
    const steps: number[] = [];
    const onStep = (step: number): void => {
      steps.push(step);
      if (step === 3) controller.abort();
    };
    expect(await errorOf(() => train(request([1], {}, { signal: controller.signal, onStep })))).toMatchObject({
      code: 'FARZI_INTERRUPTED',
      message: 'The work was interrupted.',
      hint: 'Run the same command with --resume to go on.',
    });
    expect(steps).toEqual([1, 2, 3]);
  });
});
