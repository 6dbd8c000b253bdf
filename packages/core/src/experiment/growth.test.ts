import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { runToy, syntheticBytes, temporaryFolder, toyConfig, toyPlugin, withoutClock } from '../../test/toy-experiment.js';
import { definePlugin } from '../plugin/define.js';
import type { Reporter } from '../report/reporter.js';
import type { Summary } from '../report/summary.js';

const path = temporaryFolder();
const first = ['evaluation.arms=[distilled, popularity]', 'evaluation.metrics=[hit@5]', 'students=[tiny]'] as const;

/** A finished run that every test gives more to do, in a copy of its own. */
let finished = '';
let measured: Summary;
beforeAll(async () => {
  finished = await mkdtemp(join(tmpdir(), 'farzi-finished-'));
  measured = await runToy(finished, { config: toyConfig(...first) });
});
afterAll(() => rm(finished, { recursive: true, force: true }));

/** Goes on with a copy of the finished run: the summary, the notes, and the students that were trained. */
async function grown(...more: readonly string[]): Promise<{ summary: Summary; notes: string[]; trained: string[] }> {
  const [notes, trained] = [[] as string[], new Set<string>()];
  const reporter: Reporter = {
    onNote: (text) => notes.push(text),
    onMeasurement: ({ phase, subject }) => trained.add(`${phase} ${subject}`),
  };
  const summary = await runToy(path('run'), { config: toyConfig(...first, ...more), existing: 'resume', reporters: [reporter] });
  return { summary, notes: notes.filter((text) => text.includes('trained again')), trained: [...trained] };
}

const copied = (): Promise<void> => cp(finished, path('run'), { recursive: true });

/** Values of metrics by student, arm and seed. */
const valuesOf = ({ results }: Summary): Record<string, unknown> =>
  Object.fromEntries(results.map(({ student, data, seed, metrics }) => [`${student} ${data} ${seed}`, metrics]));

describe('a finished run that is given more to do', () => {
  it('has the results of one that had it from the start, and distils nothing again', async () => {
    await copied();
    const more = [
      ...['students=[tiny, plain]', 'evaluation.arms=[random, distilled, popularity]'],
      ...['evaluation.metrics=[surprise, hit@5]', 'evaluation.seeds=3'],
    ];
    const { summary, trained } = await grown(...more);
    const whole = await runToy(path('whole'), { config: toyConfig(...first, ...more) });
    expect(withoutClock(summary)).toEqual(withoutClock(whole));
    expect(valuesOf(summary)).toMatchObject(valuesOf(measured));
    expect(await syntheticBytes(path('run'))).toEqual(await syntheticBytes(finished));
    expect(trained.filter((subject) => !subject.startsWith('students '))).toEqual([]);
    expect(parse(await readFile(path('run', 'config.yaml'), 'utf8'))).toMatchObject({ evaluation: { seeds: 3 } });
    expect(JSON.parse(await readFile(path('run', 'summary.json'), 'utf8'))).toMatchObject({ results: { length: whole.results.length } });
  });

  it('takes a student of another plugin', async () => {
    await copied();
    const models = (toyPlugin.models ?? []).filter(({ id }) => id === 'plain').map((model) => ({ ...model, id: 'borrowed' }));
    const plugins = [toyPlugin, definePlugin({ name: 'lender', core: '*', models })];
    const config = toyConfig(...first, 'students.1.id=borrowed');
    const { results } = await runToy(path('run'), { config, plugins, existing: 'resume' });
    expect(new Set(results.map(({ student }) => student))).toEqual(new Set(['tiny', 'borrowed']));
    expect(await errorOf(() => runToy(path('run'), { config: toyConfig(...first), existing: 'resume' }))).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: expect.stringContaining('students.borrowed was {"width":8,"dropout":0.1}, and is not there') as string,
    });
  });

  it('evaluates a new metric with the weights that are kept, and trains the other students again', async () => {
    await copied();
    const file = path('run', 'students', 'tiny', 'distilled.safetensors');
    const before = await stat(file);
    const { summary, notes, trained } = await grown('evaluation.metrics=[hit@5, surprise]');
    expect(trained).toEqual(['students distilled seed 2']);
    expect(notes).toEqual(['distilled seed 2: Its weights were not kept, so that it is trained again for surprise.']);
    expect((await stat(file)).mtimeMs).toBe(before.mtimeMs);
    expect(Object.values(valuesOf(summary))).toEqual(
      Array.from({ length: 3 }, () => ({ 'hit@5': expect.any(Number) as number, surprise: expect.any(Number) as number })),
    );
    expect(valuesOf(summary)).toMatchObject(valuesOf(measured));
    // what was added is known from then on
    expect((await grown('evaluation.metrics=[hit@5, surprise]')).trained).toEqual([]);
  });

  it('trains a student again whose weights are gone, for the new metric, too', async () => {
    await copied();
    await rm(path('run', 'students'), { recursive: true });
    const { summary, notes } = await grown('evaluation.metrics=[surprise, hit@5]');
    expect(notes).toHaveLength(2);
    expect(notes[0]).toBe(
      `The file ${path('run', 'students', 'tiny', 'distilled.safetensors')} is gone or was altered: its student is trained again.`,
    );
    expect(valuesOf(summary)).toMatchObject(valuesOf(measured));
    expect(summary.results.every(({ metrics }) => Object.keys(metrics).join() === 'surprise,hit@5')).toBe(true);
  });

  it('keeps what was measured where it is interrupted', async () => {
    await copied();
    const controller = new AbortController();
    const reporter: Reporter = {
      onMeasurement: () => {
        controller.abort();
      },
    };
    const config = toyConfig(...first, 'evaluation.metrics=[hit@5, surprise]');
    const interrupted = runToy(path('run'), { config, existing: 'resume', reporters: [reporter], signal: controller.signal });
    expect(await errorOf(() => interrupted)).toMatchObject({ code: 'FARZI_INTERRUPTED' });
    expect(valuesOf((await grown('evaluation.metrics=[hit@5, surprise]')).summary)).toMatchObject(valuesOf(measured));
  });

  it.each([
    ['distillation.outerSteps=7', 'distillation.outerSteps was 6, and is 7'],
    ['students=[plain]', 'students.tiny was {"width":8,"dropout":0.1}, and is not there'],
    ['evaluation.arms=[distilled]', 'evaluation.arms.popularity was there, and is not there'],
    ['evaluation.metrics=[surprise]', 'evaluation.metrics.hit@5 was there, and is not there'],
    ['evaluation.seeds=1', 'evaluation.seeds was 2, and is 1'],
    ['evaluation.selection=surprise', 'evaluation.selection was "hit@5", and is "surprise"'],
    ['training.maxSteps=40', 'training.maxSteps was 30, and is 40'],
  ])('refuses what is not more: %s', async (change, difference) => {
    await copied();
    const summary = await readFile(path('run', 'summary.json'), 'utf8');
    expect(await errorOf(() => grown(change))).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: `The file ${path('run', 'config.yaml')} belongs to another run: ${difference}.`,
    });
    expect(await readFile(path('run', 'summary.json'), 'utf8')).toBe(summary);
  });

  it('refuses results of students with other options under the same names', async () => {
    await copied();
    await runToy(path('other'), { config: toyConfig(...first, 'students=[{ id: tiny, width: 4 }]') });
    await cp(path('other', 'checkpoints', 'results.safetensors'), path('run', 'checkpoints', 'results.safetensors'));
    expect(await errorOf(() => grown())).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: `The file ${path('run', 'checkpoints', 'results.safetensors')} belongs to another run: students.tiny.width was 4, and is 8.`,
    });
  });
});

it('a training of one student is not gone on with by another of the same name of data', async () => {
  // the second of two students is interrupted, and the first has lost its weights
  const config = toyConfig(
    'students=[tiny, { id: tiny, width: 4 }]',
    'evaluation.arms=[random]',
    'evaluation.seeds=1',
    'training.learningRate=0.05',
  );
  const expected = await runToy(path('whole'), { config });
  const controller = new AbortController();
  let finishedStudents = 0;
  const reporter: Reporter = {
    onProgress: ({ phase, done }) => {
      if (phase === 'students') finishedStudents = done;
    },
    onMeasurement: ({ phase }) => {
      if (phase === 'students' && finishedStudents === 1) controller.abort();
    },
  };
  expect(await errorOf(() => runToy(path('run'), { config, reporters: [reporter], signal: controller.signal }))).toMatchObject({
    code: 'FARZI_INTERRUPTED',
  });
  const kept = path('run', 'students', 'tiny', 'random.safetensors');
  const before = await readFile(kept);
  await writeFile(kept, 'gone');
  expect(withoutClock(await runToy(path('run'), { config, existing: 'resume' }))).toEqual(withoutClock(expected));
  expect(await readFile(kept)).toEqual(before);
});
