import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { engine } from '../../test/engine.js';
import { onText, runToy, toyConfig, toyPlugin } from '../../test/toy-experiment.js';
import { evaluate } from '../student/evaluate.js';
import type { Student } from '../student/student.js';
import type { ModelDefinition } from '../model/definition.js';
import type { Dataset, DatasetContext } from '../data/dataset.js';
import type { Registry } from '../plugin/registry.js';
import { decodeSafetensors } from '../storage/safetensors.js';
import { type Continuation, type ContinuationRequest, continueText } from '../experiment/continue-text.js';
import { createRegistry } from '../experiment/experiment.js';
import { openRun, requireTokenizer, tokenizerOf } from './finished-run.js';
import { resolveExperiment } from '../config/resolve.js';
import { openStudent, type StudentName } from './student-files.js';
import type { Summary } from '../report/summary.js';

const registry = createRegistry([toyPlugin]);
let folder = '';
let text = '';
let items = '';
let summary: Summary;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farzi-finished-'));
  [text, items] = [join(folder, 'text'), join(folder, 'items')];
  summary = await runToy(text, { config: toyConfig(...onText, 'students=[{ id: writer }, { id: writer, width: 4 }]') });
  await runToy(items, {
    config: toyConfig('synthetic.initialisation=random', 'teacher.snapshots=0', 'distillation.outerSteps=0', 'evaluation.arms=[random]'),
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A copy of the run on a text, to spoil. */
async function copy(name: string): Promise<string> {
  await cp(text, join(folder, name), { recursive: true });
  return join(folder, name);
}

describe('openRun', () => {
  it('knows the configuration, where it was, and the summary of the data', async () => {
    const run = await openRun(text);
    expect(run).toMatchObject({ path: text, config: { dataset: { id: 'text' }, maxLength: 8 }, configDirectory: resolve('.') });
    expect(run.synthetic.data).toMatchObject({ sequences: 6, length: 8 });
  });

  it.each(['config.yaml', 'environment.json', 'synthetic/manifest.json'])('refuses a folder without %s', async (name) => {
    const run = await copy(`without ${name.replace('/', ' ')}`);
    await rm(join(run, name));
    expect(await errorOf(() => openRun(run))).toMatchObject({
      code: 'FARZI_RUN_INCOMPLETE',
      message: `${run} is not a finished run: ${name} cannot be read`,
      hint: 'Give the run directory of farzi run; an interrupted run goes on with --resume.',
    });
  });

  it.each(['{', 'null', '{"configDirectory": 3}'])('refuses an environment of %s', async (content) => {
    const run = await copy('altered');
    await writeFile(join(run, 'environment.json'), content);
    expect(await errorOf(() => openRun(run))).toMatchObject({
      code: 'FARZI_RUN_INCOMPLETE',
      message: `${join(run, 'environment.json')} does not say where the run's configuration was: it has no configDirectory`,
    });
  });
});

describe('the tokenizer of a run', () => {
  it('is made again from what was saved', async () => {
    const run = await openRun(text);
    expect(run.synthetic.tokenizer).toEqual({ separator: ', ' });
    const tokenizer = requireTokenizer(run, registry);
    expect(tokenizer.decode(tokenizer.encode('item 3, item 9'))).toBe('item 3, item 9');
  });

  it('is missing where there is no text', async () => {
    const run = await openRun(items);
    expect(tokenizerOf(run, registry)).toBeUndefined();
    expect(await errorOf(() => requireTokenizer(run, registry))).toMatchObject({
      code: 'FARZI_RUN_INCOMPLETE',
      message: `${items} is a run on recommendation: it has no text to continue`,
    });
  });

  it('is missing where the dataset cannot make it again', async () => {
    const run = await openRun(text);
    const forgetful = { get: () => ({}) } as unknown as Registry;
    expect(await errorOf(() => requireTokenizer(run, forgetful))).toMatchObject({
      code: 'FARZI_RUN_INCOMPLETE',
      message: `the dataset text of ${text} cannot make its tokenizer again`,
    });
  });
});

describe('students of a run', () => {
  const definitionOf = async (index: number): Promise<ModelDefinition> =>
    (resolveExperiment((await openRun(text)).config, registry).students[index] as { definition: ModelDefinition }).definition;
  const opened = async (name: StudentName, run = text): Promise<Student> => openStudent(run, name, [await definitionOf(0)]);

  it.each(['full', 'distilled'])('are those that were evaluated (%s)', async (data) => {
    const load = registry.get('dataset', 'text').load as (options: unknown, context: DatasetContext) => Promise<Dataset>;
    const dataset = await load({}, { dataDirectories: [], configDirectory: '.', progress: () => undefined });
    const student = await opened({ student: 'writer', data });
    const metrics = ['hit@5', 'surprise'].map((key) => registry.metric(key, 'language'));
    const recorded = summary.results.find((result) => result.student === 'writer' && result.data === data)?.metrics;
    expect(await evaluate({ student, cases: dataset.test, metrics, batchSize: 32, engine })).toEqual(recorded);
  });

  it('are named tensors, with all that is needed to use them beside', async () => {
    const file = join(text, 'students', 'writer-2', 'full.safetensors');
    const { tensors, metadata } = decodeSafetensors(await readFile(file), file);
    expect(Object.entries(tensors).map(([name, { shape }]) => [name, shape])).toEqual(
      expect.arrayContaining([
        ['embedding', [30, 4]],
        ['dense.weight', [4, 4]],
      ]),
    );
    expect(JSON.parse(metadata['student'] ?? '')).toMatchObject({
      format: 'farzi-student-1',
      model: { id: 'writer', options: { width: 4 } },
      maxLength: 8,
    });
  });

  it('that are not there are told with those that are', async () => {
    const file = join(text, 'students', 'writer', 'random.safetensors');
    expect(await errorOf(() => opened({ student: 'writer', data: 'random' }))).toMatchObject({
      code: 'FARZI_RUN_INCOMPLETE',
      message: `${text} has no writer trained on random data: ${file} cannot be read`,
      hint: 'It has students trained on distilled, full; evaluation.arms says on what an experiment trains them.',
    });
    expect(await errorOf(() => opened({ student: 'writer', data: 'full' }, folder))).toMatchObject({
      hint: 'It has no trained students yet; an interrupted run goes on with --resume.',
    });
  });
});

describe('continueText', () => {
  const usual = { prompt: 'item 3, item 4', tokens: 5, temperature: 0.8, topK: 10, seed: 1, arms: ['distilled', 'full'] };
  const continued = async (request: Partial<ContinuationRequest> = {}, path = text): Promise<Continuation[]> => {
    const given: Continuation[] = [];
    for await (const each of continueText(await openRun(path), registry, engine, { ...usual, ...request })) given.push(each);
    return given;
  };

  it('gives the continuations of all students on all kinds of data', async () => {
    const given = await continued();
    expect(given.map(({ student, data }) => `${student} ${data}`)).toEqual([
      'writer distilled',
      'writer full',
      'writer 2 distilled',
      'writer 2 full',
    ]);
    for (const each of given) expect(each.text).toMatch(/^item 3, item 4(, item [1-9]\d?){5}$/);
  });

  it('depends on the seed, and on nothing that was drawn before', async () => {
    const all = await continued();
    expect(await continued({ arms: ['full'] })).toEqual(all.filter(({ data }) => data === 'full'));
    expect(await continued({ seed: 2 })).not.toEqual(all);
  });

  it('goes on as a text mostly does, with a student of the full data at temperature 0', async () => {
    const [first] = await continued({ arms: ['full'], temperature: 0 });
    expect(first?.text).toBe('item 3, item 4, item 5, item 6, item 7, item 8, item 9');
  });

  it('tells what is missing before it writes anything', async () => {
    const given: Continuation[] = [];
    const missing = async (): Promise<void> => {
      for await (const each of continueText(await openRun(text), registry, engine, { ...usual, arms: ['full', 'head'] })) given.push(each);
    };
    expect(await errorOf(missing)).toMatchObject({ code: 'FARZI_RUN_INCOMPLETE' });
    expect(given).toEqual([]);
    expect(await errorOf(() => continued({ prompt: 'something' }))).toMatchObject({ code: 'FARZI_PROMPT' });
    expect(await errorOf(() => continued({}, items))).toMatchObject({ code: 'FARZI_RUN_INCOMPLETE' });
  });
});
