import { describe, expect, it } from 'vitest';
import { errorOf, expectAllClose } from '../../test/allclose.js';
import { engine } from '../../test/engine.js';
import { tinyModel } from '../testing/tiny-model.js';
import { constantRate, cosineRate } from '../optimizer/schedule.js';
import { validateOptions } from '../options/validate.js';
import { adam } from '../optimizer/adam.js';
import { RandomStream } from '../random/stream.js';
import { randomSynthetic } from '../synthetic/random.js';
import type { SyntheticData, SyntheticShape } from '../synthetic/synthetic.js';
import { decodeNumbers, encodeSafetensors } from '../storage/safetensors.js';
import { trajectoryLookup } from '../unroll/trajectories.js';
import { TracedModel } from '../model/traced-model.js';
import { farzi as farziDefinition } from './farzi.js';
import { type FarziOptions, farziSchema } from './farzi-options.js';
import { type LearnerOptions, learnerSchema } from './learner-options.js';
import type { DistillationContext, MetaOptimizer } from './meta-optimizer.js';
import { type OuterCheckpoint, type OuterLoopOptions, type OuterLoopRequest, type OuterStepReport, runOuterLoop } from './outer-loop.js';

const VOCABULARY = 6;
const shape: SyntheticShape = {
  sequences: 4,
  length: 4,
  rank: 3,
  vocabularySize: VOCABULARY,
  temperature: 1,
  matchingTemperature: 1,
  inputs: 'soft',
};
const initial = randomSynthetic(
  shape,
  { ids: new Int32Array(16), weights: new Float32Array(16).fill(1) },
  new RandomStream(31, 'synthetic'),
);

/** Real sequences count upwards: what follows a token is certain. */
const context: Omit<DistillationContext, 'learner'> = {
  engine,
  model: new TracedModel(tinyModel({ vocabularySize: VOCABULARY, maxLength: 4, width: 6 })),
  data: initial,
  train: Array.from({ length: 12 }, (_, sequence) => Int32Array.from({ length: 8 }, (__, at) => (sequence + at) % VOCABULARY)),
  snapshots: [],
  trajectory: trajectoryLookup(),
  stream: new RandomStream(31, 'distillation'),
};
const farzi = ({ learner, ...given }: Partial<FarziOptions> & { readonly learner: Partial<LearnerOptions> }): Promise<MetaOptimizer> =>
  farziDefinition.create(validateOptions<never>(farziSchema, { realBatchSize: 12, ...given }, []), {
    ...context,
    learner: {
      ...validateOptions<Omit<LearnerOptions, 'optimizer'>>(learnerSchema, { learningRate: 0.05, ...learner }, []),
      optimizer: adam({ epsilon: 1e-3 }),
    },
  });

const options: OuterLoopOptions = {
  outerSteps: 6,
  latentsLearningRate: 0.05,
  decoderLearningRate: 0.05,
  schedule: constantRate,
  outerOptimizer: adam({ beta2: 0.99, epsilon: 1e-8 }),
  clip: 0.5,
  clipMedians: 2,
  validateEvery: 2,
  quantisationAware: true,
  averaging: 0,
  patience: 100,
};

/** A meta-optimizer whose gradient is the same number everywhere, given by step. */
function scripted(gradientAt: (step: number) => number, lossAt: (step: number) => number = () => 1): MetaOptimizer {
  const filled = (value: number, dims: readonly number[]) =>
    engine.upload(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(value), dims);
  return {
    estimate: (step, synthetic) =>
      Promise.resolve({
        metaLoss: lossAt(step),
        innerLoss: 0,
        gradient: Object.fromEntries(Object.entries(synthetic).map(([key, { shape: dims }]) => [key, filled(gradientAt(step), dims)])),
      }),
    save: () => Promise.resolve({}),
    restore: () => undefined,
    dispose: () => Promise.resolve(),
  };
}

interface Run {
  readonly reports: OuterStepReport[];
  readonly validations: [number, number][];
  readonly checkpoints: OuterCheckpoint[];
  readonly request: OuterLoopRequest;
}

/** A request that writes down what happens; `scores` are those of the validations, the last one for ever. */
function watched(
  metaOptimizer: MetaOptimizer,
  scores: readonly number[],
  given: Partial<OuterLoopOptions> = {},
  rest: Partial<OuterLoopRequest> = {},
): Run {
  const run = { reports: [] as OuterStepReport[], validations: [] as [number, number][], checkpoints: [] as OuterCheckpoint[] };
  let validations = 0;
  const request: OuterLoopRequest = {
    engine,
    initial,
    metaOptimizer,
    options: { ...options, ...given },
    validate: () => {
      const at = Math.min(validations++, scores.length - 1);
      return Promise.resolve({ score: scores[at] ?? Number.NaN, recipe: { learningRate: 0.1, steps: at } });
    },
    onStep: (report) => run.reports.push(report),
    onValidation: (step, score) => run.validations.push([step, score]),
    onCheckpoint: (checkpoint) => Promise.resolve(void run.checkpoints.push(checkpoint)),
    ...rest,
  };
  return { ...run, request };
}

/** A checkpoint as it comes back from a file. */
function reread({ tensors, progress }: OuterCheckpoint): OuterCheckpoint {
  const decoded = decodeNumbers(encodeSafetensors(tensors, { progress: JSON.stringify(progress) }), 'checkpoint');
  return { tensors: decoded.tensors, progress: JSON.parse(decoded.metadata['progress'] ?? '') as OuterCheckpoint['progress'] };
}
/** What an outer loop saves last. */
async function lastCheckpoint(request: OuterLoopRequest): Promise<OuterCheckpoint> {
  let last: OuterCheckpoint | undefined;
  await runOuterLoop({ ...request, onCheckpoint: (checkpoint) => Promise.resolve(void (last = checkpoint)) });
  if (last === undefined) throw new Error('Nothing was saved.');
  return last;
}

const withoutSeconds = ({ progress: { seconds: _seconds, ...progress }, tensors }: OuterCheckpoint) => ({ progress, tensors });

describe('the outer loop', () => {
  it('goes down the gradient of a penalty as well', async () => {
    const penalty = (data: SyntheticData): Pick<SyntheticData, 'latents' | 'decoder'> => ({
      latents: data.latents.map(Math.sign),
      decoder: new Float32Array(data.decoder.length),
    });
    const { request } = watched(
      scripted(() => 0),
      [1, 2],
      { outerSteps: 2, validateEvery: 2, latentsLearningRate: 1e-3 },
      { penalty },
    );
    const { best } = await runOuterLoop(request);
    expect(best.decoder).toEqual(initial.decoder);
    const moved = best.latents.map((value, at) => value - (initial.latents[at] ?? 0));
    expectAllClose(
      moved,
      initial.latents.map((value) => -2e-3 * Math.sign(value)),
      1e-3,
    );
  });

  it.each([
    ['full unrolls of new learners', { unroll: 'full', learner: { start: 'fresh' }, steps: 12 }],
    ['windows over a pool', { unroll: 'window', steps: 6, learner: { start: 'pool', poolSize: 3, maxAge: 24 } }],
  ] as const)('lowers the loss on real data by %s', async (_name, given) => {
    const metaOptimizer = await farzi(given);
    const { reports, request } = watched(metaOptimizer, [1], { outerSteps: 60, validateEvery: 60 });
    const { progress } = await runOuterLoop(request);
    const mean = (part: readonly OuterStepReport[]): number => part.reduce((sum, { metaLoss }) => sum + metaLoss, 0) / part.length;
    expect(mean(reports.slice(-12))).toBeLessThan(mean(reports.slice(0, 12)) - 0.1);
    expect(reports.map(({ step }) => step)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    expect(reports.every(({ skipped, gradientNorm }) => !skipped && gradientNorm > 0)).toBe(true);
    expect(progress).toMatchObject({ step: 60, skipped: 0 });
    await metaOptimizer.dispose();
  });

  it('keeps the synthetic data that were best on validation', async () => {
    const { validations, request } = watched(
      scripted(() => 1),
      [1, 3, 2, 2],
    );
    const { best, progress } = await runOuterLoop(request);
    expect(validations).toEqual([
      [0, 1],
      [2, 3],
      [4, 2],
      [6, 2],
    ]);
    expect(progress).toMatchObject({ best: { step: 2, score: 3 }, recipe: { learningRate: 0.1, steps: 1 } });
    // Adam moves by its rate with every step of a constant gradient
    best.latents.forEach((value, at) => expect(value).toBeCloseTo((initial.latents[at] ?? 0) - 2 * 0.05, 4));
    best.decoder.forEach((value, at) => expect(value).toBeCloseTo((initial.decoder[at] ?? 0) - 2 * 0.05, 4));
    expect(best).toMatchObject({ sequences: 4, weights: initial.weights });
  });

  it('validates and keeps the average over outer steps that it is told to keep', async () => {
    const seen: number[] = [];
    const { request } = watched(
      scripted(() => 1),
      [],
      { outerSteps: 3, validateEvery: 3, averaging: 0.2 },
      {
        validate: async ({ latents }) => {
          seen.push((await engine.download(latents as never))[0] ?? 0);
          return { score: seen.length, recipe: undefined };
        },
      },
    );
    const { best } = await runOuterLoop(request);
    const average = [0.1, 2 / 11, 0.2].reduce((former, decay, at) => decay * former + (1 - decay) * -0.05 * (at + 1), 0);
    best.latents.forEach((value, at) => expect(value).toBeCloseTo((initial.latents[at] ?? 0) + average, 4));
    expect(seen).toEqual([initial.latents[0], best.latents[0]]);
  });

  it('gives the initial synthetic data where nothing is better, or nothing is to be done', async () => {
    for (const [scores, outerSteps] of [
      [[3, 1, 2], 6],
      [[3], 0],
    ] as const) {
      const { best, progress } = await runOuterLoop(
        watched(
          scripted(() => 1),
          scores,
          { outerSteps },
        ).request,
      );
      expect([...best.latents]).toEqual([...initial.latents]);
      expect(progress.best).toEqual({ step: 0, score: 3 });
    }
  });

  it('stops after as many validations without improvement as its patience', async () => {
    const { reports, request } = watched(
      scripted(() => 1),
      [1, 3, 2, 2, 9],
      { outerSteps: 100, patience: 2 },
    );
    const { progress } = await runOuterLoop(request);
    expect(reports).toHaveLength(6);
    expect(progress).toMatchObject({ step: 6, validationsSinceBest: 2 });
  });

  it('validates after the last step, wherever it falls', async () => {
    const { validations, request } = watched(
      scripted(() => 1),
      [1],
      { outerSteps: 3 },
    );
    await runOuterLoop(request);
    expect(validations.map(([step]) => step)).toEqual([0, 2, 3]);
  });

  it('does not keep to a start without a finite score', async () => {
    const { request } = watched(
      scripted(() => 1),
      [Number.NaN, -5, -6, -7],
    );
    expect((await runOuterLoop(request)).progress.best).toEqual({ step: 2, score: -5 });
  });

  it('lets a wild gradient count for little more than the usual ones', async () => {
    const ends = await Promise.all(
      [0.01, 1e4, -1e4].map(async (wild) => {
        const { request } = watched(
          scripted((step) => (step === 10 ? wild : 0.01)),
          [0],
          { outerSteps: 20, validateEvery: 20, patience: 1 },
        );
        const { tensors } = await lastCheckpoint(request);
        return tensors['latents']?.values[0] ?? Number.NaN;
      }),
    );
    const [usual = 0, ...others] = ends.map((end) => end - (initial.latents[0] ?? 0));
    // Adam remembers one of them for some steps; it does not forget all others
    for (const other of others) expect(Math.abs(other / usual - 1)).toBeLessThan(0.35);
  });

  it('follows its schedule', async () => {
    const { request } = watched(
      scripted(() => 1),
      [1, 2, 3, 4],
      { schedule: cosineRate() },
    );
    const { best } = await runOuterLoop(request);
    const total = [0, 1, 2, 3, 4, 5].reduce((sum, step) => sum + 0.05 * 0.5 * (1 + Math.cos((Math.PI * step) / 6)), 0);
    expect(best.latents[0]).toBeCloseTo((initial.latents[0] ?? 0) - total, 4);
  });
});

describe('steps that are not finite', () => {
  it.each([
    ['gradients', scripted((step) => (step === 1 || step === 2 ? Number.NaN : 1))],
    [
      'losses',
      scripted(
        () => 1,
        (step) => (step === 1 || step === 2 ? Infinity : 1),
      ),
    ],
  ])('are left out and counted: %s', async (_name, metaOptimizer) => {
    const { reports, request } = watched(metaOptimizer, [1, 2, 3, 4]);
    const { best, progress } = await runOuterLoop(request);
    expect(reports.map(({ skipped }) => skipped)).toEqual([false, true, true, false, false, false]);
    expect(progress).toMatchObject({ step: 6, skipped: 2, best: { step: 6 } });
    best.latents.forEach((value, at) => expect(value).toBeCloseTo((initial.latents[at] ?? 0) - 4 * 0.05, 4));
  });
});

describe('a distillation that is interrupted', () => {
  const pool = { unroll: 'window', steps: 3, learner: { start: 'pool', poolSize: 3, maxAge: 9 } } as const;

  /** Runs to the end, or until the signal aborts after some step; gives the last checkpoint. */
  async function run(stopAfter?: number, resumeFrom?: OuterCheckpoint): Promise<{ best: unknown; last: OuterCheckpoint; error: unknown }> {
    const controller = new AbortController();
    const metaOptimizer = await farzi(pool);
    // scores that depend on the synthetic data only, so that both runs choose alike
    const validate: OuterLoopRequest['validate'] = async ({ latents }) => ({
      score: (await engine.download(latents as never))[0] ?? 0,
      recipe: undefined,
    });
    const { checkpoints, request } = watched(
      metaOptimizer,
      [],
      { outerSteps: 9, validateEvery: 4, averaging: 0.6 },
      {
        validate,
        signal: controller.signal,
        onStep: ({ step }) => step === stopAfter && controller.abort(),
        ...(resumeFrom === undefined ? {} : { resumeFrom }),
      },
    );
    let best: unknown;
    const error = await errorOf(async () => {
      best = (await runOuterLoop(request)).best;
      throw new Error('complete');
    });
    await metaOptimizer.dispose();
    return { best, last: checkpoints.at(-1) as OuterCheckpoint, error };
  }

  it.each([1, 3, 4, 5, 8])('after step %i goes on to the same synthetic data, bit for bit', async (stopAfter) => {
    const whole = await run();
    const first = await run(stopAfter);
    expect(first.error).toMatchObject({ code: 'FARZI_INTERRUPTED' });
    expect(first.last.progress.step).toBe(stopAfter);
    const second = await run(undefined, reread(first.last));
    expect(second.error).toMatchObject({ message: 'complete' });
    expect(second.best).toEqual(whole.best);
    expect(withoutSeconds(second.last)).toEqual(withoutSeconds(whole.last));
    expect(second.last.progress.seconds).toBeGreaterThan(first.last.progress.seconds);
  });

  it('does nothing when it is resumed after its end', async () => {
    const whole = await run();
    const again = await run(undefined, reread(whole.last));
    expect(again.best).toEqual(whole.best);
  });
});
