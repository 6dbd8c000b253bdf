import { readFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { refusal } from '../../test/refusal.js';
import { histories, ITEMS, quickly, text, tiny, writer } from '../../test/tiny-library.js';
import { filesIn, runToy, temporaryFolder, toyConfig, toyPlugin } from '../../test/toy-experiment.js';
import { resolveExperiment } from '../config/resolve.js';
import type { Dataset } from '../data/dataset.js';
import { datasetOf } from '../data/input.js';
import { leaveOneOut } from '../data/leave-one-out.js';
import { createRegistry } from '../experiment/experiment.js';
import type { Measurement, Observer, Progress } from '../report/reporter.js';
import { FolderCheckpoints } from '../storage/folder-checkpoints.js';
import { randomInitialisation, teacherInitialisation } from '../synthetic/initialisation.js';
import { loadSynthetic, saveSynthetic } from '../synthetic/file.js';
import { coreVersion } from '../version.js';
import { distill } from './distill.js';
import type { Distillation, DistillRequest } from './request.js';
import { farzi } from './farzi.js';

const path = temporaryFolder();
const metaOptimizer = farzi({ steps: 2, realBatchSize: 8 });
const usual = { ...quickly, metaOptimizer, model: tiny() };
const ofHistories: DistillRequest = { ...usual, sequences: histories };

/** Everything that does not depend on the clock. */
const outcome = ({ synthetic, initial, progress: { seconds: _seconds, ...progress } }: Distillation) => ({ synthetic, initial, progress });

describe('distill', () => {
  it('makes synthetic data of sequences in memory, in the sizes that were asked for', async () => {
    const { synthetic, initial, teacher, progress } = await distill(ofHistories);
    expect(synthetic.data).toMatchObject({ sequences: 4, length: 6, rank: 3, vocabularySize: ITEMS, temperature: 1, inputs: 'hard' });
    expect(synthetic.data.latents).toHaveLength(4 * 6 * 3);
    expect(synthetic.data.ids).toHaveLength(4 * 6);
    expect(synthetic.data.decoder).toHaveLength(3 * ITEMS);
    expect([...synthetic.data.latents, ...synthetic.data.decoder].every(Number.isFinite)).toBe(true);
    expect(synthetic.vocabulary).toEqual(Array.from({ length: ITEMS }, (_, id) => String(id)));
    expect(synthetic.provenance).toEqual({
      dataset: 'in memory',
      task: 'recommendation',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      core: coreVersion,
      protocol: 'Sequences in memory; the end of each is held out for validation.',
      seed: 3,
      model: 'tiny',
      outerSteps: progress.best?.step,
      recipe: { learningRate: 0.05, steps: expect.any(Number) as number },
    });
    expect(progress).toMatchObject({ step: 4, skipped: 0, validatedAt: 4 });
    expect(teacher?.weights.every(Number.isFinite)).toBe(true);
    // steps were taken: what was best is the start only if validation says so
    if (progress.best?.step !== 0) expect(synthetic.data.latents).not.toEqual(initial.latents);
  });

  it('trains a teacher that it needs itself, or that is asked for', async () => {
    const untaught = { ...ofHistories, synthetic: { sequences: 4, rank: 3, initialisation: randomInitialisation() } };
    const [without, asked] = [await distill(untaught), await distill({ ...untaught, needsTeacher: true })];
    expect(without.teacher).toBeUndefined();
    expect(asked.teacher?.weights).toEqual((await distill(ofHistories)).teacher?.weights);
    expect(outcome(asked)).toEqual(outcome(without));
  });

  it('trains a teacher of several members, of which the first is the one that it would have alone', async () => {
    const [one, several] = [await distill(ofHistories), await distill({ ...ofHistories, teacher: { ...quickly.teacher, members: 3 } })];
    const { length } = one.teacher?.weights ?? [];
    const members = [0, 1, 2].map((member) => several.teacher?.weights.slice(member * length, (member + 1) * length));
    expect(several.teacher?.weights).toHaveLength(3 * length);
    expect(members[0]).toEqual(one.teacher?.weights);
    expect(members[1]).not.toEqual(members[0]);
    expect(members[2]).not.toEqual(members[1]);
    expect(several.initial.decoder).not.toEqual(one.initial.decoder);
  });

  it('asks a teacher in the outer loop where it has a share of the loss, also one that nothing else needs', async () => {
    const untaught = { ...ofHistories, synthetic: { ...quickly.synthetic, initialisation: randomInitialisation() } };
    const asking = (teacherShare: number): Promise<Distillation> =>
      distill({ ...untaught, metaOptimizer: farzi({ steps: 2, realBatchSize: 8, teacherShare }) });
    const [none, some, all] = [await asking(0), await asking(0.5), await asking(1)];
    expect([none, some, all].map(({ teacher }) => teacher === undefined)).toEqual([true, false, false]);
    const found = [none, some, all].map(({ progress }) => progress.norms);
    expect(new Set(found.map((norms) => JSON.stringify(norms))).size).toBe(3);
    expect(outcome(await asking(0))).toEqual(outcome(none));
  });

  it('improves the start that validates best, of several', async () => {
    const observed: Measurement[] = [];
    const notes: string[] = [];
    const several = await distill({
      ...ofHistories,
      starts: 4,
      onMeasurement: (each) => observed.push(each),
      onNote: (note) => notes.push(note),
    });
    const scores = observed.filter(({ subject }) => subject === 'start').map(({ values }) => values['ndcg@10'] as number);
    expect(scores).toHaveLength(4);
    const best = scores.indexOf(Math.max(...scores));
    expect(notes.join()).toContain(`Of 4 starts number ${best + 1} is improved: its student has ndcg@10 `);
    // the first is the one that there would be alone
    const alone = (await distill(ofHistories)).initial;
    expect(JSON.stringify(several.initial) === JSON.stringify(alone)).toBe(best === 0);
    // the outer loop validates it with the same first student before its first step
    expect(observed.find(({ subject, step }) => subject === 'validation' && step === 0)?.values['ndcg@10']).toBe(scores[best]);
    expect((await distill({ ...ofHistories, starts: 4, outerSteps: 0 })).initial).toEqual(several.initial);
  });

  it('is refused before anything is trained where it is expected to take too much memory', async () => {
    const many = { ...ofHistories, synthetic: { sequences: 1e9, rank: 16 } };
    const onPhase = vi.fn();
    const refused = { code: 'FARZI_MEMORY_LIMIT', hint: expect.stringContaining('synthetic.sequences') as string };
    expect(await errorOf(() => distill({ ...many, onPhase }))).toMatchObject(refused);
    expect(await errorOf(() => distill({ ...ofHistories, memoryLimit: 1, onPhase }))).toMatchObject({ code: 'FARZI_MEMORY_LIMIT' });
    expect(onPhase).not.toHaveBeenCalled();
  });

  it('needs data and a model only', async () => {
    const { synthetic } = await distill({ sequences: histories, model: tiny(), engine: quickly.engine, outerSteps: 0 });
    expect(synthetic.data).toMatchObject({ sequences: 50, length: 50, rank: 32 });
  });

  it('takes names, numbers them by frequency, and does the same with them', async () => {
    const named = histories.map((tokens) => Array.from(tokens, (token) => `item ${token}`));
    const vocabulary = Array.from({ length: ITEMS }, (_, id) => `item ${id}`);
    const inOrder = await distill({ ...usual, sequences: named, vocabulary });
    expect(inOrder.synthetic.vocabulary).toEqual(vocabulary);
    expect(inOrder.synthetic.data).toEqual((await distill(ofHistories)).synthetic.data);
    const counted = await distill({ ...usual, sequences: named, outerSteps: 0 });
    expect([...counted.synthetic.vocabulary].sort()).toEqual([...vocabulary].sort());
    expect(counted.synthetic.vocabulary).not.toEqual(vocabulary);
  });

  it('gives the same for the same split, given or held out, in memory or as a dataset', async () => {
    const { train, validation } = leaveOneOut(histories);
    const dataset: Dataset = {
      ...datasetOf({ sequences: train, validation }, 'recommendation'),
      ...{ id: 'mine', titles: Array.from({ length: ITEMS }, (_, id) => `Title ${id}`), protocol: 'Leave one out.', licence: 'CC0' },
    };
    const given = await distill({ ...usual, sequences: train, validation });
    const heldOut = await distill({ ...usual, sequences: validation.map(({ tokens }) => tokens) });
    const asDataset = await distill({ ...usual, dataset });
    expect(heldOut.synthetic.data).toEqual(given.synthetic.data);
    expect(asDataset.synthetic.data).toEqual(given.synthetic.data);
    expect(asDataset.synthetic).toMatchObject({
      titles: dataset.titles,
      provenance: { dataset: 'mine', protocol: 'Leave one out.', licence: 'CC0' },
    });
  });

  it('gives the same bytes for the same seed, and others for another', async () => {
    const bytes = async (name: string, seed: number): Promise<Buffer> => {
      await saveSynthetic(path(name), (await distill({ ...ofHistories, seed })).synthetic);
      return readFile(path(name));
    };
    const first = await bytes('first.farzi', 3);
    expect(await bytes('second.farzi', 3)).toEqual(first);
    expect(await bytes('third.farzi', 4)).not.toEqual(first);
    expect((await loadSynthetic(path('first.farzi'))).data.sequences).toBe(4);
  });

  it('starts at random, without a teacher, where that is asked for', async () => {
    const random = await distill({ ...ofHistories, synthetic: { ...quickly.synthetic, initialisation: randomInitialisation() } });
    expect(random.teacher).toBeUndefined();
    const [usually, asked] = [
      await distill(ofHistories),
      await distill({ ...ofHistories, synthetic: { ...quickly.synthetic, initialisation: teacherInitialisation() } }),
    ];
    expect(outcome(asked)).toEqual(outcome(usually));
    expect(random.initial.latents).not.toEqual(usually.initial.latents);
  });

  it('keeps hard inputs', async () => {
    const { synthetic } = await distill({ ...ofHistories, synthetic: { ...quickly.synthetic, inputs: 'hard' } });
    expect(synthetic.data.latents).toHaveLength(4 * 6 * 3);
    expect(synthetic.data.ids?.every((id) => id >= 0 && id < ITEMS)).toBe(true);
  });

  it('works for language, too', async () => {
    const observed: Measurement[] = [];
    const { synthetic } = await distill({ ...usual, model: writer(), sequences: text, onMeasurement: (each) => observed.push(each) });
    expect(synthetic.provenance.model).toBe('writer');
    const validations = observed.filter(({ subject }) => subject === 'validation').map(({ values }) => values['perplexity'] ?? 0);
    expect(validations).toHaveLength(3);
    for (const perplexity of validations) expect(perplexity).toBeGreaterThan(1);
  });

  it('tells how far it is', async () => {
    const progress: Progress[] = [];
    const phases: string[] = [];
    await distill({ ...ofHistories, onProgress: (each) => progress.push(each), onPhase: (phase) => phases.push(phase) });
    expect(phases).toEqual(['teacher', 'distillation']);
    const done = (phase: string): number[] => progress.filter((each) => each.phase === phase).map((each) => each.done);
    expect(done('teacher')).toEqual(Array.from({ length: 20 }, (_, step) => step + 1));
    expect(done('distillation')).toEqual([1, 2, 3, 4]);
    expect(progress.every(({ total }) => total === 20 || total === 4)).toBe(true);
    expect(progress.at(-1)?.detail).toMatch(/^real-data loss \d.*, meta-gradient norm \d.*, validation ndcg@10 \d/);
  });
});

describe('a distillation that is interrupted', () => {
  /** Aborts at some progress. */
  function until(phase: string, done: number): Observer & { readonly signal: AbortSignal } {
    const controller = new AbortController();
    return { signal: controller.signal, onProgress: (each) => each.phase === phase && each.done === done && controller.abort() };
  }

  it.each([
    ['teacher', 7],
    ['distillation', 1],
    ['distillation', 3],
  ])('(%s, %i) goes on from its checkpoints to the same result', async (phase, done) => {
    const checkpoints = new FolderCheckpoints(path('kept'));
    const interrupted = () => distill({ ...ofHistories, checkpoints, ...until(phase, done) });
    expect(await errorOf(interrupted)).toMatchObject({ code: 'FARZI_INTERRUPTED' });
    const steps: number[] = [];
    const resumed = await distill({ ...ofHistories, checkpoints, onProgress: (each) => each.phase === phase && steps.push(each.done) });
    expect(steps[0]).toBe(done);
    expect(outcome(resumed)).toEqual(outcome(await distill(ofHistories)));
  });

  it.each(['start', 'outer loop'])('(%s) goes on with the start that it chose, or chooses again', async (where) => {
    const checkpoints = new FolderCheckpoints(path('kept'));
    const controller = new AbortController();
    const onMeasurement = ({ subject, step }: Measurement): void => {
      if (subject === where && step === 2) controller.abort();
    };
    const chosen = { ...ofHistories, starts: 4 };
    const interrupted = () => distill({ ...chosen, checkpoints, onMeasurement, signal: controller.signal });
    expect(await errorOf(interrupted)).toMatchObject({ code: 'FARZI_INTERRUPTED' });
    const judged: number[] = [];
    const resumed = await distill({
      ...{ ...chosen, checkpoints },
      onMeasurement: ({ subject, step }) => subject === 'start' && judged.push(step),
    });
    expect(judged).toEqual(where === 'start' ? [1, 2, 3, 4] : []);
    expect(outcome(resumed)).toEqual(outcome(await distill(chosen)));
  });

  it('starts anew without them', async () => {
    expect(await errorOf(() => distill({ ...ofHistories, ...until('distillation', 1) }))).toMatchObject({ code: 'FARZI_INTERRUPTED' });
    expect(await filesIn(path())).toEqual([]);
  });
});

describe('a request that cannot be met', () => {
  it.each<[string, Partial<DistillRequest>, string, string]>([
    [
      'options out of range',
      { outerSteps: -1 },
      'FARZI_CONFIG_INVALID',
      'The value of distillation.outerSteps must be >= 0, but it is -1.',
    ],
    [
      'unknown options',
      { synthetic: { sequnces: 3 } as never },
      'FARZI_CONFIG_UNKNOWN_KEY',
      'The key "sequnces" of synthetic is not known.',
    ],
    [
      'snapshots of no teacher',
      { learner: { start: 'snapshots' } },
      'FARZI_CONFIG_INVALID',
      'The option distillation.learner.start is snapshots, but no snapshots of training on the full data are kept.',
    ],
    [
      'a metric of another task',
      { evaluation: { selection: 'perplexity' } },
      'FARZI_CONFIG_INVALID',
      'The metric "perplexity" is for language, not for recommendation.',
    ],
    ['an unknown metric', { evaluation: { selection: 'f1' } }, 'FARZI_CONTRIBUTION_UNKNOWN', 'There is no built-in metric "f1".'],
    ['an unknown engine', { engine: 'abacus' }, 'FARZI_ENGINE_UNAVAILABLE', 'There is no engine abacus.'],
  ])('is refused: %s', async (_what, changes, code, message) => {
    expect(await errorOf(() => distill({ ...ofHistories, ...changes } as DistillRequest))).toMatchObject({ code, message });
  });

  it('is refused: options of a model', () => {
    expect(refusal(() => tiny({ width: 0 }))).toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
      message: 'The value of tiny.width must be >= 1, but it is 0.',
    });
    expect(refusal(() => farzi({ setps: 3 } as never))).toMatchObject({
      code: 'FARZI_CONFIG_UNKNOWN_KEY',
      message: 'The key "setps" of farzi is not known.',
    });
  });
});

describe('an experiment', () => {
  it('distils just as a program with its settings does', async () => {
    await runToy(path('run'));
    const registry = createRegistry([toyPlugin]);
    const { config, dataset: source, ...settings } = resolveExperiment(toyConfig(), registry);
    const dataset = await source.definition.load(source.options as never, {
      ...{ dataDirectories: [], configDirectory: '.', progress: () => undefined },
    });
    const { distillation, teacher, training, initialisation, selection, model } = settings;
    const { sequences, rank, inputs } = config.synthetic;
    const { synthetic } = await distill({
      ...distillation,
      ...{ dataset, model, teacher, training, engine: quickly.engine, maxLength: 8, seed: 1 },
      synthetic: { sequences, rank, inputs, initialisation },
      evaluation: { selection, batchSize: 32 },
    });
    expect(synthetic).toEqual(await loadSynthetic(path('run', 'synthetic.farzi')));
  });
});
