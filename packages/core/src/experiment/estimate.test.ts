import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { filesIn, runToy, temporaryFolder, toyConfig, toyPlugin } from '../../test/toy-experiment.js';
import { resolveExperiment } from '../config/resolve.js';
import type { EstimateBasis } from '../estimate/estimate.js';
import { checkExperiment, estimateWithData } from './check.js';
import { type DataSizes, estimateExperiment } from './estimate.js';
import { createRegistry } from './experiment.js';

const path = temporaryFolder();
const registry = createRegistry([toyPlugin]);
const experiment = (...overrides: readonly string[]) => resolveExperiment(toyConfig(...overrides), registry);
const context = { dataDirectories: [], configDirectory: '.', progress: () => undefined };

const vocabularySize = 30;
const cases = [{ tokens: Int32Array.of(1, 2, 3), firstTarget: 2 }];
const data: DataSizes = {
  ...{ sequences: 60, validation: cases, test: cases, mostWindows: Infinity },
  context: { vocabularySize, occurrences: new Float64Array(vocabularySize) },
};
const basis: EstimateBasis = { baseBytes: 0, speed: { operationsPerSecond: 1e9, bytesPerSecond: 1e9 } };
const estimate = (...overrides: readonly string[]) => estimateExperiment(experiment(...overrides), data, basis);

/** Sizes that took 23 GB, ended the process, and made arrays that cannot be; with what is to be told about them. */
const bombs = [
  ['maxLength=100000', 'maxLength'],
  ['synthetic.rank=1000000000', 'synthetic.rank'],
  ['synthetic.sequences=1000000000', 'synthetic.sequences'],
  ['distillation.metaOptimizer.realBatchSize=1000000000', 'distillation.metaOptimizer.realBatchSize'],
  ['teacher.batchSize=1000000000', 'teacher.batchSize'],
  ['model.width=1000000', 'sizes of the model'],
  ['distillation.metaOptimizer.steps=1000000000', 'to checkpointed, or give it a memoryBudget'],
  ['distillation.learner.poolSize=1000000000', 'distillation.learner.poolSize'],
] as const;

describe('what takes too much memory is refused', () => {
  it.each(bombs)('before anything is allocated: %s', async (bomb, advice) => {
    // what there is where this is run does not matter
    const error = await errorOf(() => checkExperiment(experiment(bomb, 'memoryLimit=1500'), registry));
    expect(error).toMatchObject({ code: 'FARZI_MEMORY_LIMIT' });
    expect((error as { hint?: string }).hint).toContain(advice);
  });

  it('by a run, too, which leaves no files', async () => {
    const run = path('run');
    const config = toyConfig('synthetic.sequences=1000000000', 'memoryLimit=1500');
    expect(await errorOf(() => runToy(run, { config }))).toMatchObject({ code: 'FARZI_MEMORY_LIMIT' });
    expect(await filesIn(path())).toEqual([]);
  });
});

describe('an estimate', () => {
  it('is above what the process has and within what there is, for a small experiment', async () => {
    const { estimate: expected, limit } = await estimateWithData(experiment(), registry, context);
    expect(expected.memoryBytes).toBeGreaterThan(process.memoryUsage.rss() / 2);
    expect(expected.memoryBytes).toBeLessThan(limit.bytes);
    expect(expected.phases.map(({ title }) => title)).toEqual([
      ...[
        'teacher',
        'distillation',
        'students: full',
        'students: distilled',
        'students: teacher-init',
        'students: random',
        'students: head',
      ],
    ]);
    expect(expected.phases.every(({ seconds = 0 }) => seconds > 0)).toBe(true);
  });

  it('knows of trajectories that keep fewer states, and of the scratch file of a budget', () => {
    const long = 'distillation.metaOptimizer.steps=1000000';
    const stored = estimate(long);
    const checkpointed = estimate(long, 'distillation.metaOptimizer.trajectory=checkpointed');
    const budget = estimate(long, 'distillation.metaOptimizer.trajectory={id: stored, memoryBudget: 10}');
    expect(stored.parts[0]?.what).toBe('states of the inner steps');
    expect(stored.scratchBytes).toBe(0);
    expect(checkpointed.memoryBytes).toBeLessThan(stored.memoryBytes / 10);
    expect(stored.memoryBytes - budget.memoryBytes).toBeCloseTo(budget.scratchBytes, -3);
  });

  it('knows of the one gradient more that several trajectories hold, however many they are', () => {
    const sumOf = (...overrides: readonly string[]): number | undefined =>
      estimate(...overrides).parts.find(({ what }) => what === 'the sum of meta-gradients')?.bytes;
    const two = sumOf('distillation.metaOptimizer.trajectories=2');
    expect(sumOf()).toBe(0);
    expect(two).toBeGreaterThan(0);
    expect(sumOf('distillation.metaOptimizer.trajectories=5', 'distillation.learner.poolSize=5')).toBe(two);
    expect(sumOf('distillation.metaOptimizer.trajectories=2', 'synthetic.rank=100')).toBeGreaterThan(2 * (two ?? Infinity));
  });

  it('grows with everything that takes time', () => {
    const secondsOf = (title: string, ...overrides: readonly string[]): number =>
      estimate(...overrides).phases.find((phase) => phase.title === title)?.seconds ?? 0;
    for (const [title, override] of [
      ['teacher', 'teacher.maxSteps=600'],
      ['distillation', 'distillation.outerSteps=60'],
      ['students: full', 'evaluation.seeds=20'],
      ['students: distilled', 'training.maxSteps=300'],
    ] as const)
      expect(secondsOf(title, override) / secondsOf(title)).toBeGreaterThan(4);
  });

  it('leaves out a teacher and a distillation that there are not, and arms without training', () => {
    const overrides = [
      'synthetic.initialisation=random',
      'teacher.snapshots=0',
      'distillation.outerSteps=0',
      'evaluation.arms=[popularity, first]',
    ];
    const { phases } = estimate(...overrides);
    expect(phases.map(({ title, seconds }) => [title, seconds === 0])).toEqual([
      ['distillation', true],
      ['students: first', false],
    ]);
    const { phases: asking } = estimate(...overrides.slice(0, 3), 'evaluation.arms=[herding]');
    expect(asking.map(({ title }) => title)).toEqual(['teacher', 'distillation', 'students: herding']);
  });
});

it('lets a run go on with another memoryLimit: results do not depend on it', async () => {
  const run = path('run');
  await runToy(run, { config: toyConfig('memoryLimit=100000') });
  const again = await runToy(run, { config: toyConfig('memoryLimit=90000'), existing: 'resume' });
  expect(again.results.length).toBeGreaterThan(0);
});
