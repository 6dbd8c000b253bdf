import { appendFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { filesIn, runToy, syntheticBytes, temporaryFolder, toyConfig, toyPlugin, withoutClock } from '../../test/toy-experiment.js';
import type { Dataset, DatasetDefinition } from '../data/dataset.js';
import type { FarziError } from '../errors.js';
import type { Phase, Reporter } from '../report/reporter.js';
import type { Summary } from '../report/summary.js';
import { decodeCheckpoint, encodeCheckpoint } from '../storage/checkpoint-bytes.js';
import { coreVersion } from '../version.js';

const path = temporaryFolder();

/** What runs are compared with and begin as. */
let folder = '';
/** The same run without an interruption. */
let whole = '';
let expected: Summary;
/** One that was interrupted in each of these phases. */
const halves = { teacher: 10, distillation: 4, students: 2 } as const;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farzi-whole-'));
  whole = join(folder, 'whole');
  expected = await runToy(whole);
  for (const phase of ['teacher', 'distillation', 'students'] as const) await interrupted(join(folder, phase), phase, halves[phase]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A run that was interrupted in a phase, or the whole one. */
const copyOf = (which: keyof typeof halves | 'whole'): Promise<void> => cp(join(folder, which), path('run'), { recursive: true });

/** Aborts when some units of a phase are done. */
function interrupter(phase: Phase, done: number): { reporter: Reporter; signal: AbortSignal } {
  const controller = new AbortController();
  const reporter: Reporter = {
    onProgress: (progress) => {
      if (progress.phase === phase && progress.done >= done) controller.abort();
    },
  };
  return { reporter, signal: controller.signal };
}

/** A dataset's definition that gives other data. */
const loading = (definition: DatasetDefinition, change: (full: Dataset) => Dataset): DatasetDefinition => ({
  ...definition,
  load: async (...given) => change(await definition.load(...given)),
});

async function interrupted(run: string, phase: Phase, done: number, existing: 'refuse' | 'resume' = 'refuse'): Promise<void> {
  const { reporter, signal } = interrupter(phase, done);
  expect(await errorOf(() => runToy(run, { existing, reporters: [reporter], signal }))).toMatchObject({
    code: 'FARZI_INTERRUPTED',
    hint: 'Run the same command with --resume to go on.',
  });
}

/** Resumes a run and expects what the uninterrupted one gave. */
async function expectResumed(run: string, reporters: readonly Reporter[] = []): Promise<void> {
  const summary = await runToy(run, { existing: 'resume', reporters });
  expect(withoutClock(summary)).toEqual(withoutClock(expected));
  expect(await syntheticBytes(run)).toEqual(await syntheticBytes(whole));
}

describe('a run that was interrupted', () => {
  it.each([
    ['dataset', 0],
    ['teacher', 30],
    ['distillation', 2],
    ['distillation', 5],
    ['students', 4],
  ] as const)('in the phase %s after %i goes on to the same result', async (phase, done) => {
    await interrupted(path('run'), phase, done);
    await expectResumed(path('run'));
  });

  it('with a pool whose states spill into a scratch file goes on to the same bytes', async () => {
    // a state takes 4.5 KB: all but the newest spill
    const config = toyConfig('distillation.metaOptimizer.steps=4', 'distillation.metaOptimizer.trajectory.memoryBudget=0.002');
    const undisturbed = await runToy(path('whole'), { config });
    const { reporter, signal } = interrupter('distillation', 5);
    expect(await errorOf(() => runToy(path('run'), { config, reporters: [reporter], signal }))).toMatchObject({
      code: 'FARZI_INTERRUPTED',
    });
    const summary = await runToy(path('run'), { config, existing: 'resume' });
    expect(withoutClock(summary)).toEqual(withoutClock(undisturbed));
    expect(await syntheticBytes(path('run'))).toEqual(await syntheticBytes(path('whole')));
  });

  /** What was measured when, in the order of the run. */
  const measured = async (run: string): Promise<unknown[]> =>
    (await readFile(join(run, 'metrics.jsonl'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .map(({ phase, subject, step }) => [phase, subject, step]);

  it.each(['teacher', 'students'] as const)('in the middle of a training (%s) goes on with it', async (phase) => {
    const controller = new AbortController();
    let measurements = 0;
    const reporter: Reporter = {
      onMeasurement: (measurement) => {
        if (measurement.phase === phase && ++measurements === 2) controller.abort();
      },
    };
    const error = await errorOf(() => runToy(path('run'), { reporters: [reporter], signal: controller.signal }));
    expect(error).toMatchObject({ code: 'FARZI_INTERRUPTED' });
    expect(await filesIn(path('run', 'checkpoints', 'training'))).toHaveLength(1);
    await expectResumed(path('run'));
    expect(await measured(path('run'))).toEqual(await measured(whole));
    expect(await readdir(path('run', 'checkpoints'))).not.toContain('training');
  });

  it('in the training of a later member of a teacher goes on with it', async () => {
    const config = toyConfig('teacher.members=2', 'evaluation.arms=[distilled]', 'evaluation.seeds=1');
    const inOneGo = await runToy(path('in one go'), { config });
    const controller = new AbortController();
    let measurements = 0;
    const reporter: Reporter = {
      onMeasurement: ({ subject }) => {
        if (subject === 'teacher 2' && ++measurements === 2) controller.abort();
      },
    };
    const error = await errorOf(() => runToy(path('run'), { config, reporters: [reporter], signal: controller.signal }));
    expect(error).toMatchObject({ code: 'FARZI_INTERRUPTED' });
    const resumed = await runToy(path('run'), { config, existing: 'resume' });
    expect(withoutClock(resumed)).toEqual(withoutClock(inOneGo));
    expect(await measured(path('run'))).toEqual(await measured(path('in one go')));
  });

  it('by a crash after its last checkpoint measures nothing twice', async () => {
    await interrupted(path('run'), 'distillation', 2);
    const checkpoint = path('run', 'checkpoints', 'distillation.safetensors');
    const earlier = await readFile(checkpoint);
    await interrupted(path('run'), 'distillation', 5, 'resume');
    await writeFile(checkpoint, earlier);
    await appendFile(path('run', 'metrics.jsonl'), '{"phase":"distill');
    await expectResumed(path('run'));
    expect(await measured(path('run'))).toEqual(await measured(whole));
  });

  it('again and again goes on to the same result', async () => {
    await interrupted(path('run'), 'teacher', 10);
    await interrupted(path('run'), 'distillation', 1, 'resume');
    await interrupted(path('run'), 'distillation', 4, 'resume');
    await interrupted(path('run'), 'students', 1, 'resume');
    await interrupted(path('run'), 'students', 7, 'resume');
    await expectResumed(path('run'));
  });

  it('does not train again what is done', async () => {
    await copyOf('whole');
    const before = await readFile(path('run', 'metrics.jsonl'), 'utf8');
    const phases: string[] = [];
    let resumed: boolean | undefined;
    const reporter: Reporter = { onPhase: (phase) => phases.push(phase), onStart: (info) => (resumed = info.resumed) };
    await runToy(path('run'), { existing: 'resume', reporters: [reporter] });
    expect(resumed).toBe(true);
    expect(phases).not.toContain('teacher');
    expect(await readFile(path('run', 'metrics.jsonl'), 'utf8')).toBe(before);
  });

  it.each(['deleted', 'altered'])('makes students of a finished run again that were %s, and says so', async (how) => {
    await copyOf('whole');
    const file = path('run', 'students', 'tiny', 'distilled.safetensors');
    const [before, summary] = [await readFile(file), await readFile(path('run', 'summary.json'), 'utf8')];
    await (how === 'deleted' ? rm(file) : writeFile(file, before.subarray(1)));
    const notes: string[] = [];
    const reporter: Reporter = { onNote: (text) => notes.push(text) };
    await expectResumed(path('run'), [reporter]);
    expect(notes.filter((text) => text.includes('trained again'))).toEqual([
      `The file ${file} is gone or was altered: its student is trained again.`,
    ]);
    expect(await readFile(file)).toEqual(before);
    expect(withoutClock(JSON.parse(await readFile(path('run', 'summary.json'), 'utf8')) as Summary)).toEqual(
      withoutClock(JSON.parse(summary) as Summary),
    );
  });

  it('is not resumed with another configuration', async () => {
    await copyOf('teacher');
    expect(await errorOf(() => runToy(path('run'), { existing: 'resume', config: toyConfig('seed=2') }))).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: `The file ${path('run', 'config.yaml')} belongs to another run: seed was 1, and is 2.`,
    });
  });

  it.each([
    ['is missing', undefined],
    ['cannot be read', 'seed: [1\n'],
    ['is empty', ''],
  ])('is not resumed where its configuration %s, whatever its checkpoints say', async (_how, content) => {
    await copyOf('distillation');
    if (content === undefined) await rm(path('run', 'config.yaml'));
    else await writeFile(path('run', 'config.yaml'), content);
    const before = await filesIn(path('run'));
    for (const config of [toyConfig(), toyConfig('seed=2')])
      expect(await errorOf(() => runToy(path('run'), { existing: 'resume', config }))).toMatchObject({ code: 'FARZI_RESUME_MISMATCH' });
    expect(await filesIn(path('run'))).toEqual(before);
  });

  /** Alters what the checkpoints of a run say about where they belong. */
  async function alterFingerprint(name: string, change: (fingerprint: Record<string, string>) => void): Promise<void> {
    const file = path('run', 'checkpoints', `${name}.safetensors`);
    const { fingerprint, ...checkpoint } = decodeCheckpoint(await readFile(file), name, file);
    const changed = { ...fingerprint };
    change(changed);
    await writeFile(file, encodeCheckpoint(name, checkpoint, changed));
  }

  it.each([
    ['core', '0.0.9', `core was 0.0.9, and is ${coreVersion}`],
    ['plugin farzi-toy', '0.0.1', 'plugin farzi-toy was 0.0.1, and is of unknown version'],
    ['engine in use', 'abacus', expect.stringMatching(/^engine in use was abacus, and is onnxruntime-node .*, 1 threads\.$/) as string],
    ['distillation.learner.optimizer.epsilon', '1', 'distillation.learner.optimizer.epsilon was 1, and is 0.00001'],
    ['model.dropout', '0.5', 'model.dropout was 0.5, and is 0.1'],
  ])('is not gone on with where the %s behind a checkpoint was another', async (key, value, difference) => {
    await copyOf('distillation');
    for (const name of ['teacher', 'distillation'])
      await alterFingerprint(name, (fingerprint) => {
        expect(Object.keys(fingerprint)).toContain(key);
        fingerprint[key] = value;
      });
    const error = (await errorOf(() => runToy(path('run'), { existing: 'resume' }))) as FarziError;
    expect(error.code).toBe('FARZI_RESUME_MISMATCH');
    expect(
      error.message.replace(`The file ${path('run', 'checkpoints', 'distillation.safetensors')} belongs to another run: `, ''),
    ).toEqual(typeof difference === 'string' ? `${difference}.` : difference);
  });

  it('is not gone on with on other data of the same size', async () => {
    await copyOf('distillation');
    const other = (full: Dataset): Dataset => ({ ...full, train: full.train.map((tokens) => tokens.toReversed()) });
    const plugins = [{ ...toyPlugin, datasets: toyPlugin.datasets?.map((each) => loading(each, other)) ?? [] }];
    expect(await errorOf(() => runToy(path('run'), { existing: 'resume', plugins }))).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: expect.stringMatching(/belongs to another run: data was [0-9a-f]{64}, and is [0-9a-f]{64}\.$/) as string,
    });
  });

  it('is not gone on with on other data where it has no checkpoint yet', async () => {
    await copyOf('teacher');
    await rm(path('run', 'checkpoints'), { recursive: true });
    const renamed = (full: Dataset): Dataset => ({ ...full, vocabulary: full.vocabulary.map((name) => name.toUpperCase()) });
    const plugins = [{ ...toyPlugin, datasets: toyPlugin.datasets?.map((each) => loading(each, renamed)) ?? [] }];
    expect(await errorOf(() => runToy(path('run'), { existing: 'resume', plugins }))).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: expect.stringMatching(/environment\.json belongs to another run: data was [0-9a-f]{64}, and is [0-9a-f]{64}\.$/) as string,
    });
  });

  it.each([
    [{ 'farzi-toy': '2.0.0' }, 'plugin farzi-toy was 1.0.0, and is 2.0.0'],
    [undefined, 'plugin farzi-toy was 1.0.0, and is of unknown version'],
  ])('is not gone on with by plugins of the versions %j', async (pluginVersions, difference) => {
    const { reporter, signal } = interrupter('teacher', 10);
    await errorOf(() => runToy(path('run'), { reporters: [reporter], signal, pluginVersions: { 'farzi-toy': '1.0.0' } }));
    const given = pluginVersions === undefined ? {} : { pluginVersions };
    expect(await errorOf(() => runToy(path('run'), { existing: 'resume', ...given }))).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: `The file ${path('run', 'environment.json')} belongs to another run: ${difference}.`,
    });
  });

  /** Expects a resumption to be refused before anything is computed. */
  async function expectRefusedAtOnce(error: { readonly code: string; readonly message: unknown }): Promise<void> {
    const before = await filesIn(path('run'));
    const phases: Phase[] = [];
    const reporter: Reporter = { onPhase: (phase) => phases.push(phase) };
    expect(await errorOf(() => runToy(path('run'), { existing: 'resume', reporters: [reporter] }))).toMatchObject(error);
    expect(phases).toEqual(['dataset']);
    expect(await filesIn(path('run'))).toEqual(before);
  }

  it.each(['results', 'distillation', 'teacher'])('says at once that its checkpoint %s is damaged', async (name) => {
    await copyOf('students');
    const file = path('run', 'checkpoints', `${name}.safetensors`);
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, -1));
    await expectRefusedAtOnce({ code: 'FARZI_SAFETENSORS', message: expect.stringContaining(file) });
    // the last bit of a number, with the length and the header as they were
    bytes[bytes.length - 4] = (bytes[bytes.length - 4] ?? 0) ^ 1;
    await writeFile(file, bytes);
    await expectRefusedAtOnce({ code: 'FARZI_SAFETENSORS', message: expect.stringContaining(file) });
  });

  it('says at once that its checkpoints were exchanged', async () => {
    await copyOf('students');
    const file = (name: string): string => path('run', 'checkpoints', `${name}.safetensors`);
    await cp(file('teacher'), file('results'));
    await expectRefusedAtOnce({
      code: 'FARZI_SAFETENSORS',
      message: `The file ${file('results')} holds the checkpoint teacher, and not results: files were exchanged.`,
    });
  });

  it.each(['garbage', '{}', '{"phase":"teacher","subject":"teacher","step":1,"values":{"loss":"much"}}', '{"phase":"teac', ''])(
    'says at once that a measurement is none: %j',
    async (line) => {
      await copyOf('distillation');
      const file = path('run', 'metrics.jsonl');
      const [first = '', ...rest] = (await readFile(file, 'utf8')).split('\n');
      await writeFile(file, [first, line, ...rest].join('\n'));
      await expectRefusedAtOnce({ code: 'FARZI_RUN_DAMAGED', message: `${file}:2: The line is no measurement.` });
    },
  );

  it('does not take over the students of another run', async () => {
    const config = toyConfig('distillation.outerSteps=3');
    await runToy(path('other'), { config });
    await copyOf('students');
    await cp(path('other', 'checkpoints', 'results.safetensors'), path('run', 'checkpoints', 'results.safetensors'));
    expect(await errorOf(() => runToy(path('run'), { existing: 'resume' }))).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: `The file ${path('run', 'checkpoints', 'results.safetensors')} belongs to another run: distillation.outerSteps was 3, and is 6.`,
    });
  });

  it('is started anew with overwrite, whatever it was', async () => {
    await copyOf('distillation');
    await writeFile(path('run', 'notes.txt'), 'mine');
    const summary = await runToy(path('run'), { existing: 'overwrite' });
    expect(withoutClock(summary)).toEqual(withoutClock(expected));
    expect(await syntheticBytes(path('run'))).toEqual(await syntheticBytes(whole));
    expect(await readFile(path('run', 'notes.txt'), 'utf8')).toBe('mine');
  });

  it('says so when a checkpoint is damaged', async () => {
    await copyOf('distillation');
    const file = path('run', 'checkpoints', 'distillation.safetensors');
    await writeFile(file, (await readFile(file)).subarray(0, -3));
    expect(await errorOf(() => runToy(path('run'), { existing: 'resume' }))).toMatchObject({ code: 'FARZI_SAFETENSORS' });
  });
});
