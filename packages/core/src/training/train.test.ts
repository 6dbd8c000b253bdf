import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { errorOf, expectAllClose } from '../../test/allclose.js';
import { engine } from '../../test/engine.js';
import { builtInEngines } from '../engine/select.js';
import { layoutOf } from '../model/layout.js';
import { normal } from '../model/parameters.js';
import { adam } from '../optimizer/adam.js';
import { sgd } from '../optimizer/sgd.js';
import * as e from '../program/expressions.js';
import type { Node } from '../program/graph.js';
import { RandomStream } from '../random/stream.js';
import type { TrainingSource } from './source.js';
import { train, type TrainingRequest } from './train.js';

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

/** A request whose looks at validation give these scores, the last one for ever. */
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
    budget: { learningRate: 0.1, schedule: 'constant', maxSteps: 8, evaluateEvery: 2, patience: 10, ...budget },
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
    const looks: number[] = [];
    const trained = await train(
      request(
        [1, 3, 2, 2.5],
        {},
        {
          onEvaluation: (_weights, step) => {
            looks.push(step);
            return Promise.resolve();
          },
        },
      ),
    );
    expect(trained).toMatchObject({ step: 4, score: 3, stopped: 'budget' });
    expect(looks).toEqual([2, 4, 6, 8]);
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
    const cosine = await weightsAfter(request([1, 2, 3, 4], { schedule: 'cosine' }));
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
  it('is refused when the loss is not finite at the first look', async () => {
    expect(await errorOf(() => train(request([1], { learningRate: 1e30 })))).toMatchObject({
      code: 'FARZI_NON_FINITE',
      message: 'the loss became Infinity after 2 steps of training on toy',
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
      message: 'the validation score is NaN after 8 steps of training on toy',
    });
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
      message: 'interrupted',
      hint: 'Run the same command with --resume to go on.',
    });
    expect(steps).toEqual([1, 2, 3]);
  });
});
