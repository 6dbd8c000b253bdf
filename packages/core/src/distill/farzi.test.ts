import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { engine } from '../../test/engine.js';
import { tinyModel } from '../testing/tiny-model.js';
import { validateOptions } from '../options/validate.js';
import type { EngineTensor, EngineTensors } from '../engine/engine.js';
import { initialParameters } from '../model/layout.js';
import { adam } from '../optimizer/adam.js';
import { decodeCheckpoint, encodeCheckpoint } from '../storage/checkpoint-bytes.js';
import { RandomStream } from '../random/stream.js';
import { randomSynthetic } from '../synthetic/random.js';
import type { SyntheticShape } from '../synthetic/synthetic.js';
import { syntheticBatch, syntheticProblem, syntheticSpecs, uploadSynthetic } from '../synthetic/source.js';
import { TracedModel } from '../model/traced-model.js';
import { realBatch } from '../data/batches.js';
import { realOuterProblem } from '../training/real.js';
import { startLearner } from '../unroll/learner.js';
import { stored } from '../unroll/strategies.js';
import { trajectoryLookup } from '../unroll/trajectories.js';
import { Unroll } from '../unroll/unroll.js';
import { farzi } from './farzi.js';
import { type FarziOptions, farziSchema } from './farzi-options.js';
import type { Part, PartWorker } from './elsewhere.js';
import { FarziTrajectories, planTrajectories } from './farzi-trajectories.js';
import { GradientMean } from './gradient-mean.js';
import { type LearnerOptions, learnerSchema } from './learner-options.js';
import type { DistillationContext, MetaEstimate, MetaOptimizer } from './meta-optimizer.js';

const shape: SyntheticShape = {
  sequences: 5,
  length: 4,
  rank: 3,
  vocabularySize: 6,
  temperature: 1,
  matchingTemperature: 1,
  inputs: 'soft',
};
const model = new TracedModel(tinyModel({ vocabularySize: 6, maxLength: 4 }));
const windows = { ids: new Int32Array(20), weights: new Float32Array(20).fill(1) };
const optimizer = adam({ beta1: 0.9, beta2: 0.999, epsilon: 1e-3, weightDecay: 0 });

/** How learners are trained where a test says nothing else. */
const learner = (given: Partial<LearnerOptions> = {}): LearnerOptions => ({
  ...validateOptions<Omit<LearnerOptions, 'optimizer'>>(learnerSchema, { start: 'fresh', batchSize: 3, ...given }, []),
  optimizer,
});
const context: DistillationContext = {
  engine,
  model,
  learner: learner(),
  data: randomSynthetic(shape, windows, new RandomStream(29, 'synthetic')),
  train: Array.from({ length: 8 }, (_, sequence) => Int32Array.from({ length: 7 }, (__, at) => (sequence + at) % 6)),
  snapshots: [],
  trajectory: trajectoryLookup(),
  stream: new RandomStream(29, 'distillation'),
};
const options = (given: Partial<FarziOptions> = {}): FarziOptions =>
  validateOptions<FarziOptions>(farziSchema, { unroll: 'full', steps: 4, realBatchSize: 4, ...given }, []);
const create = (given: Partial<FarziOptions>, about: Partial<LearnerOptions> = {}): Promise<MetaOptimizer> =>
  farzi.create(options(given), { ...context, learner: learner(about) });
const meta = uploadSynthetic(engine, context.data);

async function estimate(given: Partial<FarziOptions>, outerStep = 0, about: Partial<LearnerOptions> = {}): Promise<MetaEstimate> {
  const metaOptimizer = await create(given, about);
  const result = await metaOptimizer.estimate(outerStep, meta);
  await metaOptimizer.dispose();
  return result;
}
const read = async ({ gradient }: Pick<MetaEstimate, 'gradient'>, key: string): Promise<number[]> => [
  ...(await engine.download(gradient[key] as EngineTensor)),
];

/** Compares a gradient with differences of the loss along a random direction. */
async function expectDerivative(key: 'latents' | 'decoder', at: (synthetic: typeof meta) => Promise<MetaEstimate>): Promise<void> {
  const { [key]: values } = context.data;
  const direction = new RandomStream(3, 'direction').normal(values.length, 1);
  const lossAt = async (step: number): Promise<number> => {
    const moved = values.map((value, index) => value + step * (direction[index] as number));
    return (await at({ ...meta, [key]: engine.upload(moved, meta[key].shape) })).metaLoss;
  };
  const slope = ((await lossAt(0.0025)) - (await lossAt(-0.0025))) / 0.005;
  const gradient = await read(await at(meta), key);
  const expected = gradient.reduce((sum, value, index) => sum + value * (direction[index] as number), 0);
  expect(Math.abs(expected)).toBeGreaterThan(1e-4);
  expect(slope).toBeCloseTo(expected, 4);
}

describe('the farzi meta-optimizer', () => {
  it('gives the mean of what its trajectories give alone, added up in their order', async () => {
    const problem = syntheticProblem(model, context.data, 3, false);
    const outer = { batchSize: 4, length: 4 };
    const unroll = await Unroll.compile(engine, problem, realOuterProblem(model, outer), optimizer, {
      trajectory: stored,
      adjoint: 'exact',
    });
    const alone: EngineTensors[] = [];
    let metaLoss = 0;
    for (const trajectory of [0, 1, 2]) {
      const stream = context.stream.child('outer', 7, trajectory);
      const single = await unroll.metaGradient({
        start: startLearner(engine, optimizer, initialParameters(model.layout, stream.child('learner', 'weights'))),
        steps: 4,
        learningRate: context.learner.learningRate,
        meta,
        batch: (index) => syntheticBatch(context.data, stream.child('inner', index).distinct(5, 3)),
        outerBatch: realBatch(context.train, outer, stream.child('real')),
      });
      metaLoss += single.metaLoss / 3;
      alone.push(single.meta);
    }
    const averaged = await estimate({ trajectories: 3 }, 7);
    expect(averaged.metaLoss).toBe(metaLoss);
    for (const key of ['latents', 'decoder'] as const) {
      const [first = [], second = [], third = []] = await Promise.all(alone.map((gradient) => read({ gradient }, key)));
      const mean = first.map((value, at) => Math.fround(Math.fround(Math.fround(value + (second[at] ?? 0)) + (third[at] ?? 0)) / 3));
      expect(Math.hypot(...mean)).toBeGreaterThan(1e-4);
      expect(await read(averaged, key)).toEqual(mean);
    }
    expect(await read(await estimate({}, 7), 'latents')).toEqual(await read({ gradient: alone[0] ?? {} }, 'latents'));
  });

  it('draws by the outer step alone', async () => {
    const [first, again, other] = [await estimate({}, 3), await estimate({}, 3), await estimate({}, 4)];
    expect(again.metaLoss).toBe(first.metaLoss);
    expect(await read(again, 'latents')).toEqual(await read(first, 'latents'));
    expect(other.metaLoss).not.toBe(first.metaLoss);
  });

  it('gives gradients in the shapes of latents and decoder', async () => {
    const { gradient, innerLoss, metaLoss } = await estimate({}, 0, { batchSize: 50 });
    expect(gradient['latents']?.shape).toEqual([5, 5, 3]);
    expect(gradient['decoder']?.shape).toEqual([3, 6]);
    expect(Number.isFinite(innerLoss) && Number.isFinite(metaLoss)).toBe(true);
  });

  it.each(['stored', 'checkpointed'] as const)('gives the same with %s states', async (trajectory) => {
    expect(await read(await estimate({ trajectory: { id: trajectory } }), 'latents')).toEqual(await read(await estimate({}), 'latents'));
  });

  describe('with learners that drop units', () => {
    const dropping = { ...context, model: new TracedModel(tinyModel({ vocabularySize: 6, maxLength: 4, dropout: 0.4 })) };
    const at = async (given: Partial<FarziOptions>, dropout: boolean, synthetic = meta): Promise<MetaEstimate> => {
      const metaOptimizer = await farzi.create(options(given), { ...dropping, learner: learner({ dropout }) });
      const result = await metaOptimizer.estimate(2, synthetic);
      await metaOptimizer.dispose();
      return result;
    };

    it('differs from without, and replays what was dropped', async () => {
      const with_ = await at({}, true);
      expect(with_.innerLoss).not.toBe((await at({}, false)).innerLoss);
      expect(await read(await at({ trajectory: { id: 'checkpointed' } }, true), 'latents')).toEqual(await read(with_, 'latents'));
    });

    it('gives the derivative of the loss on real data', () => expectDerivative('latents', (synthetic) => at({}, true, synthetic)));
  });

  it('gives the derivative of a loss on real data in which a teacher has a share', async () => {
    const teacher = Float32Array.from([1, 2].flatMap((seed) => [...initialParameters(model.layout, new RandomStream(seed, 'teacher'))]));
    await expectDerivative('decoder', async (synthetic) => {
      const metaOptimizer = await farzi.create(options({ teacherShare: 0.6 }), { ...context, teacher });
      const result = await metaOptimizer.estimate(2, synthetic);
      await metaOptimizer.dispose();
      return result;
    });
  });

  it('carries its pool on, saves it and goes on from there', async () => {
    const started = (): Promise<MetaOptimizer> => create({ unroll: 'window' }, { start: 'pool', poolSize: 2, maxAge: 12 });
    const [whole, first, second] = [await started(), await started(), await started()];
    for (let step = 0; step < 4; step++) {
      await whole.estimate(step, meta);
      await first.estimate(step, meta);
    }
    second.restore(await first.save());
    for (let step = 4; step < 8; step++) {
      const [a, b] = [await whole.estimate(step, meta), await second.estimate(step, meta)];
      expect(b.metaLoss).toBe(a.metaLoss);
      expect(await read(b, 'decoder')).toEqual(await read(a, 'decoder'));
    }
    expect(await second.save()).toEqual(await whole.save());
  });

  it('trains plainly before the window that it differentiates', async () => {
    const losses = async (maxAge: number): Promise<number[]> => {
      const result: number[] = [];
      for (let step = 0; step < 6; step++)
        result.push((await estimate({ unroll: 'window' }, step, { maxAge, learningRate: 0.05 })).innerLoss);
      return result;
    };
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(await losses(60))).toBeLessThan(mean(await losses(4)));
  });
});

describe('trajectories of an outer step', () => {
  const given = options({ unroll: 'window', trajectories: 3 });
  const trajectoriesOf = (about: Partial<LearnerOptions>): [FarziOptions, DistillationContext] => [
    given,
    {
      ...context,
      learner: learner({ maxAge: 12, poolSize: 4, ...about }),
      snapshots: [0, 1].map((at) => initialParameters(model.layout, context.stream.child(at))),
    },
  ];

  const orders: Readonly<Record<string, (jobs: readonly (() => Promise<MetaEstimate>)[]) => Promise<MetaEstimate[]>>> = {
    'the last one first': async (jobs) => {
      const done: MetaEstimate[] = [];
      for (const job of jobs.toReversed()) done.unshift(await job());
      return done;
    },
    'all at once': (jobs) => Promise.all(jobs.map((job) => job())),
  };
  const starts = ['fresh', 'snapshots', 'pool'] as const;
  it.each(starts.flatMap((start) => Object.keys(orders).map((order) => [start, order] as const)))(
    'give the same bytes: %s, %s',
    async (start, order) => {
      const whole = await farzi.create(...(trajectoriesOf({ start }) as [never, DistillationContext]));
      const trajectories = await FarziTrajectories.compile(...trajectoriesOf({ start }));
      const mean = await GradientMean.compile(engine, syntheticSpecs(shape), 3);
      for (let step = 0; step < 5; step++) {
        const begun = await trajectories.begin(step, meta);
        const estimates = await (orders[order] as (typeof orders)[string])(begun);
        const gradient = await mean.of((index) => Promise.resolve(estimates[index]?.gradient ?? {}));
        const expected = await whole.estimate(step, meta);
        for (const key of ['latents', 'decoder']) expect(await read({ gradient }, key)).toEqual(await read(expected, key));
        expect(await trajectories.save()).toEqual(await whole.save());
      }
    },
  );

  it.each(starts)('give the same bytes wherever they are computed: %s', async (start) => {
    const [farziOptions, context] = trajectoriesOf({ start });
    const here = await farzi.create(farziOptions, context);
    const workers: PartWorker[] = [];
    for (let index = 0; index < 2; index++) workers.push((await farzi.partWorker?.(farziOptions, context)) as PartWorker);
    // by turns, as files would come and go
    let asked = 0;
    const elsewhere = async (part: Part): Promise<Part> => {
      const sent = decodeCheckpoint(encodeCheckpoint('part', part, {}), 'part', 'part');
      const answer = await (workers[asked++ % 2] as PartWorker).run(sent);
      return decodeCheckpoint(encodeCheckpoint('part', answer, {}), 'part', 'part');
    };
    let there = await farzi.create(farziOptions, { ...context, elsewhere });
    for (let step = 0; step < 5; step++) {
      const [expected, found] = [await here.estimate(step, meta), await there.estimate(step, meta)];
      expect([found.metaLoss, found.innerLoss]).toEqual([expected.metaLoss, expected.innerLoss]);
      for (const key of ['latents', 'decoder']) expect(await read(found, key)).toEqual(await read(expected, key));
      const saved = await there.save();
      expect(saved).toEqual(await here.save());
      // interrupted, and gone on with
      there = await farzi.create(farziOptions, { ...context, elsewhere });
      there.restore(saved);
    }
    expect(asked).toBe(15);
  });

  it('take different learners of a pool, all of them sooner or later', async () => {
    const seen = new Set<number>();
    for (let outerStep = 0; outerStep < 40; outerStep++) {
      const planned = planTrajectories(...trajectoriesOf({ start: 'pool' }), outerStep);
      expect(planned).toMatchObject([0, 1, 2].map((index) => ({ outerStep, index })));
      expect(new Set(planned.map(({ slot }) => slot)).size).toBe(3);
      for (const { slot } of planned) seen.add(slot);
    }
    expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3]);
  });
});

describe('options that contradict each other', () => {
  const refused = (given: Partial<FarziOptions>, about: Partial<LearnerOptions>): Promise<unknown> =>
    errorOf(() => farzi.check?.(options(given), { learner: learner(about), snapshots: 0, trajectory: trajectoryLookup() }));

  it('are a pool and a full unroll', async () => {
    const refusal = {
      code: 'FARZI_CONFIG_INVALID',
      message:
        "The option distillation.metaOptimizer.unroll is full, but distillation.learner.start is pool: a pool's learners are differentiated in windows.",
      hint: 'Use unroll: window with a pool, or start: fresh with a full unroll.',
    };
    expect(await refused({ unroll: 'full' }, { start: 'pool' })).toMatchObject(refusal);
    expect(await errorOf(() => create({ unroll: 'full' }, { start: 'pool' }))).toMatchObject(refusal);
  });

  it('are more trajectories than a pool has learners', async () => {
    expect(await refused({ unroll: 'window', trajectories: 3 }, { start: 'pool', poolSize: 2 })).toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
      message:
        'The option distillation.metaOptimizer.trajectories is 3, but distillation.learner.poolSize is 2: each trajectory of an outer step takes another learner of the pool.',
      hint: 'Set poolSize to 3 or more, or trajectories to 2 or fewer.',
    });
    const accepted = (start: LearnerOptions['start'], poolSize: number): void => {
      const plan = { learner: learner({ start, poolSize }), snapshots: 1, trajectory: trajectoryLookup() };
      farzi.check?.(options({ unroll: 'window', trajectories: 3 }), plan);
    };
    for (const [start, poolSize] of [
      ['pool', 3],
      ['fresh', 2],
      ['snapshots', 2],
    ] as const)
      expect(() => {
        accepted(start, poolSize);
      }).not.toThrow();
  });

  it('are snapshots without any', async () => {
    expect(await refused({}, { start: 'snapshots' })).toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
      message: 'The option distillation.learner.start is snapshots, but no snapshots of training on the full data are kept.',
      hint: 'Set teacher.snapshots to a positive number.',
    });
  });
});
