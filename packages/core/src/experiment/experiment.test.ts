import { mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { errorOf } from '../../test/allclose.js';
import {
  filesIn,
  runToy,
  syntheticBytes,
  temporaryFolder,
  toyConfig,
  toyDataset,
  toyPlugin,
  withoutClock,
} from '../../test/toy-experiment.js';
import { definePlugin } from '../plugin/define.js';
import { bytesOfEvents } from '../data/event-bytes.js';
import { loadSynthetic } from '../synthetic/file.js';
import { coreVersion } from '../version.js';
import type { Measurement, Reporter } from '../report/reporter.js';
import type { Summary } from '../report/summary.js';

const path = temporaryFolder();
const json = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));

/** A reporter that writes down every event. */
function scribe(): { reporter: Required<Omit<Reporter, 'name'>>; events: [name: string, ...values: unknown[]][] } {
  const events: [string, ...unknown[]][] = [];
  const note =
    (name: string) =>
    (...values: unknown[]): void => {
      events.push([name, ...values]);
    };
  const reporter = {
    onStart: note('start'),
    onPhase: note('phase'),
    onProgress: note('progress'),
    onMeasurement: note('measurement'),
    onNote: note('note'),
    onCheckpoint: note('checkpoint'),
    onFinish: note('finish'),
  };
  return { reporter, events };
}

describe('an experiment', () => {
  it('runs all arms, writes all files and tells its reporters', async () => {
    const run = path('run');
    const [given, contributed] = [scribe(), scribe()];
    const plugin = definePlugin({ name: 'reporter', core: '*', reporters: [{ id: 'scribe', create: () => contributed.reporter }] });
    const summary = await runToy(run, { reporters: [given.reporter], plugins: [toyPlugin, plugin] });

    expect(await filesIn(run)).toEqual([
      'checkpoints/distillation.safetensors',
      'checkpoints/results.safetensors',
      'checkpoints/teacher.safetensors',
      'config.yaml',
      'environment.json',
      'metrics.jsonl',
      'students/tiny/distilled.safetensors',
      'students/tiny/full.safetensors',
      'students/tiny/head.safetensors',
      'students/tiny/random.safetensors',
      'students/tiny/teacher-init.safetensors',
      'summary.json',
      'synthetic.farzi',
    ]);
    expect(await json(join(run, 'summary.json'))).toEqual({
      ...summary,
      fingerprint: expect.objectContaining({ core: coreVersion }) as unknown,
    });
    expect(await json(join(run, 'environment.json'))).toMatchObject({
      core: coreVersion,
      plugins: ['@farzi/core', 'farzi-toy', 'reporter'],
      node: process.version,
      threads: 1,
      seed: 1,
    });
    expect(parse(await readFile(join(run, 'config.yaml'), 'utf8'))).toMatchObject({
      ...toyConfig(),
      model: { id: 'tiny', width: 8, dropout: 0.1 },
    });

    for (const { events } of [given, contributed]) {
      expect(events[0]).toEqual([
        'start',
        { runDirectory: run, engine: expect.stringContaining('onnxruntime-node') as string, threads: 1, resumed: false },
      ]);
      expect(events.filter(([name]) => name === 'phase').map(([, phase]) => phase)).toEqual([
        'dataset',
        'teacher',
        'distillation',
        'students',
      ]);
      expect(events.at(-1)).toEqual(['finish', summary, run]);
      expect(new Set(events.map(([name]) => name)).size).toBe(7);
      expect(events).toContainEqual(['progress', { phase: 'dataset', done: 0, detail: 'making it up' }]);
      expect(events).toContainEqual([
        'progress',
        { phase: 'students', done: 10, total: 12, detail: expect.stringMatching(/^head, seed 2: test hit@5 \d/) as string },
      ]);
      expect(events).toContainEqual(['checkpoint', join(run, 'checkpoints', 'distillation.safetensors')]);
    }
    const measured = given.events.filter(([name]) => name === 'measurement').map(([, measurement]) => measurement as Measurement);
    const lines = (await readFile(join(run, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(measured);
    expect(measured.filter(({ subject }) => subject === 'outer loop').map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(measured.filter(({ phase, subject }) => phase === 'distillation' && subject === 'validation').map(({ step }) => step)).toEqual([
      0, 3, 6,
    ]);
  });

  it('gives a summary of the documented shape', async () => {
    const summary = await runToy(path('run'));
    const { length: file } = await readFile(path('run', 'synthetic.farzi'));
    const events = await bytesOfEvents(toyDataset('toy', 'recommendation').train, 30);
    const metrics = { 'hit@5': expect.any(Number) as number, surprise: expect.any(Number) as number };
    expect(summary).toEqual({
      task: 'recommendation',
      dataset: { id: 'toy', users: 60, items: 30, events: expect.any(Number) as number },
      synthetic: {
        sequences: 6,
        length: 8,
        rank: 4,
        inputs: 'soft',
        bytes: file - summary.synthetic.bytesOf.vocabulary,
        // a bit for each of 48 weights
        bytesOf: {
          ...{ latents: expect.any(Number) as number, decoder: expect.any(Number) as number, inputs: 0, weights: 6 },
          ...{ description: expect.any(Number) as number, vocabulary: expect.any(Number) as number },
        },
        ...{ bytesOfIds: events.ids, bytesOfEvents: events.brotli },
        fractionOfBytes: summary.synthetic.bytes / summary.synthetic.bytesOfEvents,
        storedNumbers: 6 * 9 * 4 + 4 * 30,
        fractionOfSequences: 0.1,
        fractionOfEvents: expect.any(Number) as number,
        fractionOfNumbers: (6 * 9 * 4 + 4 * 30) / summary.dataset.events,
      },
      protocol: expect.arrayContaining(['Toy data: leave one out.']) as string[],
      results: expect.any(Array) as unknown[],
      retention: { tiny: metrics },
      comparisons: expect.any(Array) as unknown[],
      groups: expect.any(Array) as unknown[],
      distillation: {
        seconds: expect.any(Number) as number,
        outerSteps: 6,
        innerSteps: 3,
        skippedSteps: 0,
        selectedStep: expect.any(Number) as number,
        validation: expect.any(Number) as number,
        peakRssMB: expect.any(Number) as number,
        engine: 'onnx',
      },
    });
    expect(summary.protocol[1]).toBe(
      'The target is ranked among all 30 items, items the user has already seen left out; a tie counts as half a place; 60 test users.',
    );
    const arms = ['full', 'distilled', 'teacher-init', 'random', 'head'];
    expect(summary.results.map(({ data, seed }) => `${data} ${seed}`)).toEqual([
      ...arms.flatMap((arm) => [`${arm} 1`, `${arm} 2`]),
      'popularity 1',
    ]);
    for (const result of summary.results) {
      // what needs no training has no step at which it was best
      const steps = result.data === 'popularity' ? [] : ['trainingSteps'];
      expect(Object.keys(result)).toEqual(['data', 'student', 'seed', 'sequences', 'trainingSeconds', ...steps, 'metrics']);
      expect(result.sequences).toBe(['full', 'popularity'].includes(result.data) ? 60 : 6);
      expect(Object.keys(result.metrics)).toEqual(['hit@5', 'surprise']);
      expect(Object.values(result.metrics).every(Number.isFinite)).toBe(true);
    }
    const meanHit = (arm: string): number =>
      summary.results.filter(({ data }) => data === arm).reduce((sum, { metrics: m }) => sum + (m['hit@5'] ?? 0), 0) / 2;
    expect(meanHit('full')).toBeGreaterThan(0.5);
    expect(summary.retention['tiny']?.['hit@5']).toBeCloseTo(meanHit('distilled') / meanHit('full'), 10);
    expect(summary.comparisons?.map(({ student, against, metric }) => [student, against, metric])).toEqual(
      [...arms, 'popularity'].filter((arm) => arm !== 'distilled').map((arm) => ['tiny', arm, 'hit@5']),
    );
    for (const { against, difference, low, high } of summary.comparisons ?? []) {
      if (against !== 'popularity') expect(difference).toBeCloseTo(meanHit('distilled') - meanHit(against), 5);
      expect([low <= difference, difference <= high]).toEqual([true, true]);
    }
    const { data, vocabulary, provenance } = await loadSynthetic(path('run', 'synthetic.farzi'));
    expect(data).toMatchObject({ sequences: 6, length: 8, rank: 4, vocabularySize: 30, inputs: 'soft' });
    expect(vocabulary[3]).toBe('item 3');
    expect(provenance).toEqual({
      dataset: 'toy',
      task: 'recommendation',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      core: coreVersion,
      protocol: 'Toy data: leave one out.',
      seed: 1,
      model: 'tiny',
      outerSteps: summary.distillation.selectedStep,
      recipe: { learningRate: expect.any(Number) as number, steps: expect.any(Number) as number },
    });
  });

  it('gives the same bytes for the same configuration, and others for another seed', async () => {
    const summaries = [await runToy(path('a')), await runToy(path('b'))];
    expect(withoutClock(summaries[1] as never)).toEqual(withoutClock(summaries[0] as never));
    const first = await syntheticBytes(path('a'));
    expect(await syntheticBytes(path('b'))).toEqual(first);
    expect(await readFile(path('b', 'metrics.jsonl'), 'utf8')).toBe(await readFile(path('a', 'metrics.jsonl'), 'utf8'));
    await runToy(path('c'), { config: toyConfig('seed=2') });
    expect(await syntheticBytes(path('c'))).not.toEqual(first);
  });

  it('trains the same students on every kind of data, so that arms are compared in pairs', async () => {
    const config = toyConfig('distillation.outerSteps=0', 'evaluation.arms=[distilled, teacher-init]');
    const { results } = await runToy(path('run'), { config });
    const of = (arm: string): unknown[] => results.filter(({ data }) => data === arm).map(({ seed, metrics }) => [seed, metrics]);
    // without a step the distilled data are the initial ones
    expect(of('distilled')).toEqual(of('teacher-init'));
    expect(new Set(of('distilled').map((each) => JSON.stringify(each))).size).toBe(2);
  });

  it('runs on language, with hard inputs, from a random start and on several students', async () => {
    const config = toyConfig(
      'task=language',
      'dataset.id=text',
      'model.id=writer',
      'students=[{id: writer, width: 4}, {id: writer}]',
      'synthetic.inputs=hard',
      'synthetic.initialisation=random',
      'teacher.snapshots=0',
      'evaluation.arms=[full, distilled]',
      'evaluation.seeds=1',
      'evaluation.selection=surprise',
    );
    const summary = await runToy(path('run'), { config });
    expect(summary.dataset).toMatchObject({ documents: 60, vocabulary: 30 });
    expect(summary.results.map(({ data, student }) => `${data} ${student}`)).toEqual([
      'full writer',
      'distilled writer',
      'full writer 2',
      'distilled writer 2',
    ]);
    expect(Object.keys(summary.retention)).toEqual(['writer', 'writer 2']);
    const [full, distilled] = summary.results.map(({ metrics }) => metrics['surprise'] ?? 0);
    expect(summary.retention['writer']?.['surprise']).toBeCloseTo((full ?? 0) / (distilled ?? 1), 10);
    expect(await filesIn(path('run'))).not.toContain('checkpoints/teacher.safetensors');
    expect((await loadSynthetic(path('run', 'synthetic.farzi'))).data.ids).toHaveLength(48);
  });
});

describe('a reporter that throws', () => {
  const quick = toyConfig(
    ...['distillation.outerSteps=2', 'evaluation.seeds=1', 'evaluation.arms=[popularity, distilled]', 'teacher.maxSteps=20'],
  );
  const methods = ['onStart', 'onPhase', 'onProgress', 'onMeasurement', 'onNote', 'onCheckpoint', 'onFinish'] as const;
  const broken = (method: string): Reporter => ({
    [method]: () => {
      throw new RangeError('no more paper');
    },
  });

  it.each(methods)('in %s loses neither results nor what others report, and is told of once', async (method) => {
    const { reporter, events } = scribe();
    const plugin = definePlugin({ name: 'paper', core: '*', reporters: [{ id: 'printer', create: () => broken(method) }] });
    const given = { config: quick, plugins: [toyPlugin, plugin], reporters: [broken(method), reporter] };
    const summary = await runToy(path('run'), given);
    expect(await json(path('run', 'summary.json'))).toEqual({
      ...summary,
      fingerprint: expect.objectContaining({ core: coreVersion }) as unknown,
    });
    expect(events.at(-1)).toEqual(['finish', summary, path('run')]);
    const notes = events.filter(([name, text]) => name === 'note' && String(text).includes('no more paper'));
    expect(notes.map(([, text]) => String(text)).sort()).toEqual(
      ['a reporter', 'the reporter "printer"'].map(
        (name) => `From now on ${name} is left out: its ${method} failed: RangeError: no more paper.`,
      ),
    );
  });

  it('ends the run where it is the record of measurements, for want of a file to write to', async () => {
    const reporter: Reporter = { onPhase: (phase) => phase === 'teacher' && mkdirSync(path('run', 'metrics.jsonl')) };
    expect(await errorOf(() => runToy(path('run'), { config: quick, reporters: [reporter] }))).toMatchObject({ code: 'FARZI_FILE_SYSTEM' });
    expect(await filesIn(path('run'))).not.toContain('summary.json');
  });
});

describe('the full data', () => {
  const quick = ['synthetic.initialisation=random', 'distillation.outerSteps=0', 'teacher.snapshots=0', 'evaluation.seeds=1'];
  const metricsOf = ({ results }: Summary, arm: string) => results.find(({ data }) => data === arm);

  it('may have a budget of their own, and the one that all others have', async () => {
    const changed = ['fullTraining.maxSteps=10', 'evaluation.arms=[full, full-equal-budget]'];
    const both = await runToy(path('both'), { config: toyConfig(...quick, ...changed) });
    const equal = await runToy(path('equal'), { config: toyConfig(...quick, 'evaluation.arms=[full]') });
    expect(both.protocol.at(-3)).toMatch(/The budget is the same for every kind of data but full, which has maxSteps 10\.$/);
    expect(both.protocol.at(-2)).toMatch(/^1 of 1 students on the full data had not stopped improving when their 10 steps ended/);
    expect(equal.protocol.join(' ')).toContain('The budget is the same for every kind of data. ');
    expect(metricsOf(both, 'full')?.trainingSteps).toBe(10);
    expect(metricsOf(both, 'full-equal-budget')).toMatchObject({
      ...metricsOf(equal, 'full'),
      data: 'full-equal-budget',
      trainingSeconds: expect.any(Number) as number,
    });
    expect(metricsOf(both, 'full-equal-budget')?.trainingSteps).toBeGreaterThan(10);
  });

  it('leave a row without metrics where their student diverges before the first validation', async () => {
    const { reporter, events } = scribe();
    const changed = ['fullTraining.learningRate=3e38', 'evaluation.arms=[full, distilled]'];
    const summary = await runToy(path('run'), { config: toyConfig(...quick, ...changed), reporters: [reporter] });
    expect(metricsOf(summary, 'full')).toEqual({
      data: 'full',
      student: 'tiny',
      seed: 1,
      sequences: 60,
      trainingSeconds: 0,
      trainingSteps: 0,
      metrics: {},
    });
    expect(Object.keys(metricsOf(summary, 'distilled')?.metrics ?? {})).toEqual(['hit@5', 'surprise']);
    expect(summary.retention).toEqual({ tiny: {} });
    expect(events).toContainEqual(['note', 'full seed 1: Training diverged before the first validation; this student has no metrics.']);
    expect(await filesIn(path('run', 'students'))).toEqual(['tiny/distilled.safetensors']);
  });
});

describe('an arm with options', () => {
  it('may stand in the comparison more than once', async () => {
    const changed = [
      ...['synthetic.initialisation=random', 'distillation.outerSteps=0', 'teacher.snapshots=0', 'evaluation.seeds=1'],
      'evaluation.arms=[first, { id: first, count: 40 }]',
    ];
    const { results } = await runToy(path('run'), { config: toyConfig(...changed) });
    expect(results.map(({ data, sequences }) => [data, sequences])).toEqual([
      ['first', 5],
      ['first 2', 40],
    ]);
    expect(results[0]?.metrics).not.toEqual(results[1]?.metrics);
    expect(await filesIn(path('run', 'students'))).toEqual(['tiny/first-2.safetensors', 'tiny/first.safetensors']);
  });
});

describe('arms that ask a teacher', () => {
  const untaught = ['synthetic.initialisation=random', 'distillation.outerSteps=0', 'teacher.snapshots=0', 'evaluation.seeds=1'];
  const arms = ['distilled', 'teacher-labels', 'k-center', 'herding'];

  it('have one where the distillation needs none, which is no other for it and no cost', async () => {
    const without = await runToy(path('without'), { config: toyConfig(...untaught, 'evaluation.arms=[distilled]') });
    const asking = await runToy(path('asking'), { config: toyConfig(...untaught, `evaluation.arms=[${arms.join(', ')}]`) });
    expect(await filesIn(path('without'))).not.toContain('checkpoints/teacher.safetensors');
    expect(await filesIn(path('asking'))).toContain('checkpoints/teacher.safetensors');
    expect(asking.results.map(({ data, sequences }) => [data, sequences])).toEqual(arms.map((data) => [data, 6]));
    expect(await syntheticBytes(path('asking'))).toEqual(await syntheticBytes(path('without')));
    const metricsOf = ({ results }: Summary) => results.find(({ data }) => data === 'distilled')?.metrics;
    expect(metricsOf(asking)).toEqual(metricsOf(without));
    expect([asking, without].map(({ distillation }) => distillation.seconds)).toEqual([0, 0]);
    expect(new Set(asking.results.map(({ metrics }) => metrics['surprise'])).size).toBe(4);
  });

  it('go on after an interruption with the teacher that there was', async () => {
    const config = toyConfig(...untaught, 'evaluation.arms=[k-center, herding]');
    const whole = await runToy(path('whole'), { config });
    const controller = new AbortController();
    const reporter: Reporter = { onProgress: ({ phase, done }) => phase === 'students' && done === 1 && controller.abort() };
    const interrupted = (): Promise<Summary> => runToy(path('run'), { config, reporters: [reporter], signal: controller.signal });
    expect(await errorOf(interrupted)).toMatchObject({ code: 'FARZI_INTERRUPTED' });
    expect(withoutClock(await runToy(path('run'), { config, existing: 'resume' }))).toEqual(withoutClock(whole));
  });
});

describe('users with a single event', () => {
  it('are never drawn for a baseline, which could not learn from them', async () => {
    const config = toyConfig(
      'dataset.id=sparse',
      'synthetic.sequences=2',
      'evaluation.arms=[random, head]',
      'evaluation.metrics=[surprise]',
    );
    const { results } = await runToy(path('run'), { config });
    expect(results.every(({ metrics }) => Number.isFinite(metrics['surprise']))).toBe(true);
    expect(results).toHaveLength(4);
  });
});

describe('an experiment that cannot run', () => {
  it.each([
    ['dataset.id=monotonous', 'FARZI_DATA_VOCABULARY_TOO_SMALL', 'The dataset monotonous has 1 distinct tokens; at least 2 are needed.'],
    [
      'dataset.id=silent',
      'FARZI_DATA_EMPTY',
      'The dataset silent has no training sequence with two events: there is nothing to learn from.',
    ],
    ['dataset.id=text', 'FARZI_CONFIG_INVALID', "The dataset text is for language, and the experiment's task is recommendation."],
    ['dataset.id=toys', 'FARZI_CONTRIBUTION_UNKNOWN', 'No loaded plugin contributes the dataset "toys".'],
    ['engine=abacus', 'FARZI_ENGINE_UNAVAILABLE', 'There is no engine abacus.'],
    [
      'model.id=plain',
      'FARZI_CONFIG_INVALID',
      'The initialisation "teacher" asks a teacher, which needs a model with factors (hidden states and output table).',
    ],
  ])('because of %s says so', async (override, code, message) => {
    expect(await errorOf(() => runToy(path('run'), { config: toyConfig(override) }))).toMatchObject({ code, message });
    await expect(filesIn(path('run'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(['teacher-labels', 'k-center', 'herding'])('because the arm %s cannot ask its model says so', async (arm) => {
    const config = toyConfig('model.id=plain', 'synthetic.initialisation=random', `evaluation.arms=[full, ${arm}]`);
    expect(await errorOf(() => runToy(path('run'), { config }))).toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
      message: `The arm "${arm}" asks a teacher, which needs a model with factors (hidden states and output table).`,
      hint: 'Leave it out of evaluation.arms, or add factors to the model.',
    });
    await expect(filesIn(path('run'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('leaves a folder with other files alone', async () => {
    await writeFile(path('notes.txt'), 'mine');
    expect(await errorOf(() => runToy(path()))).toMatchObject({ code: 'FARZI_RUN_DIRECTORY_NOT_EMPTY' });
    expect(await filesIn(path())).toEqual(['notes.txt']);
  });
});
