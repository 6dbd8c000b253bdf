import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { errorOf } from '../../test/allclose.js';
import { filesIn, temporaryFolder, toyConfig } from '../../test/toy-experiment.js';
import { writeWhole } from '../storage/write-whole.js';
import { type ExistingFiles, RunDirectory } from './directory.js';
import { ownNames } from './own-files.js';
import { setAside } from './replacement.js';

const path = temporaryFolder();
const environment = { core: '1', configDirectory: '/experiments', fingerprint: { data: 'abc' } };

/** A directory that was looked at, and let go. */
async function open(existing: ExistingFiles, ...overrides: readonly string[]): Promise<RunDirectory> {
  const directory = await RunDirectory.open(path('run'), toyConfig(...overrides), existing);
  await directory.close();
  return directory;
}

/** A directory whose run has started, and was let go. */
async function begun(existing: ExistingFiles, ...overrides: readonly string[]): Promise<RunDirectory> {
  const directory = await RunDirectory.open(path('run'), toyConfig(...overrides), existing);
  await directory.begin(environment);
  await directory.close();
  return directory;
}

const oldFiles = [
  ...['metrics.jsonl', 'summary.json', 'report.html', 'checkpoints/teacher.safetensors', 'checkpoints/training/0.1.safetensors.part'],
  ...['synthetic.farzi', 'synthetic.vocabulary.json', 'synthetic/manifest.json', 'students/tiny/full.safetensors'],
];

describe('a run directory', () => {
  it('is made with the configuration in it', async () => {
    const directory = await begun('refuse');
    expect(directory.resumed).toBe(false);
    expect(directory.path).toBe(path('run'));
    expect(parse(await readFile(directory.file('config.yaml'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(toyConfig())));
  });

  it('that is empty is used', async () => {
    await mkdir(path('run'));
    await begun('refuse');
    expect(await filesIn(path('run'))).toEqual(['config.yaml', 'environment.json']);
  });

  it('that holds files is refused', async () => {
    await mkdir(path('run'));
    await writeFile(path('run', 'a.txt'), 'mine');
    await writeFile(path('run', 'b.txt'), 'mine');
    expect(await errorOf(() => open('refuse'))).toMatchObject({
      code: 'FARZI_RUN_DIRECTORY_NOT_EMPTY',
      message: `The run directory ${path('run')} already holds 2 files.`,
      hint: 'Use --resume to go on with that run, --overwrite to start it anew, or --out for another folder.',
    });
    expect(await filesIn(path('run'))).toEqual(['a.txt', 'b.txt']);
  });

  it('that is a file is refused', async () => {
    await writeFile(path('run'), 'mine');
    expect(await errorOf(() => open('overwrite'))).toMatchObject({
      code: 'FARZI_USAGE',
      message: `The run directory ${path('run')} is a file.`,
    });
    expect(await readFile(path('run'), 'utf8')).toBe('mine');
  });

  it('is overwritten without touching what is not its own', async () => {
    const directory = await begun('refuse');
    for (const name of oldFiles) await directory.writeText(name, 'old');
    await writeFile(path('run', 'notes.txt'), 'mine');
    expect((await begun('overwrite', 'seed=5')).resumed).toBe(false);
    expect(await filesIn(path('run'))).toEqual(['config.yaml', 'environment.json', 'notes.txt']);
    expect(await readFile(path('run', 'config.yaml'), 'utf8')).toContain('seed: 5');
  });

  it('is resumed with the same configuration only', async () => {
    const directory = await begun('refuse');
    await directory.writeText('checkpoints/a', 'kept');
    expect((await begun('resume')).resumed).toBe(true);
    expect(await directory.readText('checkpoints/a')).toBe('kept');
    expect(await errorOf(() => open('resume', 'maxLength=9'))).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: `The file ${join(path('run'), 'config.yaml')} belongs to another run: maxLength was 8, and is 9.`,
      hint: 'Go on with the configuration, data and versions of that run, use --overwrite to start anew, or --out for another folder.',
    });
    expect(await directory.readText('checkpoints/a')).toBe('kept');
  });

  it('names the key whose value differs, and at most five of them', async () => {
    await begun('refuse');
    const refused = async (...overrides: readonly string[]): Promise<string> =>
      ((await errorOf(() => open('resume', ...overrides))) as Error).message.replace(
        `The file ${path('run', 'config.yaml')} belongs to another run: `,
        '',
      );
    expect(await refused('distillation.outerOptimizer.epsilon=0.5')).toBe('distillation.outerOptimizer.epsilon was 1e-8, and is 0.5.');
    expect(await refused('distillation.outerOptimizer={id: sgd, momentum: 0.5}')).toContain(
      'distillation.outerOptimizer.id was "adam", and is "sgd"',
    );
    expect(await refused('evaluation.arms=[full]', 'evaluation.validationTargets=3')).toBe(
      [
        'evaluation.validationTargets was 5000, and is 3',
        'evaluation.arms.distilled was there, and is not there',
        'evaluation.arms.teacher-init was there, and is not there',
        'evaluation.arms.random was there, and is not there',
        'evaluation.arms.head was there, and is not there',
        'and 1 more.',
      ].join('; '),
    );
  });

  it('is given more students, arms, metrics, seeds and plugins, in any order, and says so from then on', async () => {
    await begun('refuse', 'students=[{ id: tiny, width: 4 }, { id: tiny }]', 'evaluation.arms=[full, { id: first, count: 3 }]');
    const more = [
      'students=[{ id: tiny, width: 4 }, { id: tiny }, plain]',
      'evaluation.arms=[random, { id: first, count: 3 }, { id: first, count: 4 }, full]',
      ...['evaluation.metrics=[hit@9, surprise, hit@5]', 'evaluation.seeds=3', 'plugins=[./more.js]'],
    ];
    expect((await begun('resume', ...more)).resumed).toBe(true);
    expect(parse(await readFile(path('run', 'config.yaml'), 'utf8'))).toMatchObject({
      students: [{ id: 'tiny', width: 4 }, { id: 'tiny' }, { id: 'plain' }],
      evaluation: { metrics: ['hit@9', 'surprise', 'hit@5'], seeds: 3 },
    });
    const refused = async (...changes: readonly string[]): Promise<string> =>
      ((await errorOf(() => open('resume', ...more, ...changes))) as Error).message.replace(/.* belongs to another run: /, '');
    expect(await refused('evaluation.seeds=2')).toBe('evaluation.seeds was 3, and is 2.');
    expect(await refused('students.1.width=5')).toBe('students.tiny 2 was there, and is {"width":5}.');
    expect(await refused('students.0.width=5')).toBe('students.tiny.width was 4, and is 5.');
    expect(await refused('evaluation.arms.1.count=5')).toBe('evaluation.arms.first.count was 3, and is 5.');
    expect(await refused('evaluation.metrics=[surprise]', 'plugins=[]')).toBe(
      `${['evaluation.metrics.hit@9', 'evaluation.metrics.hit@5', 'plugins../more.js']
        .map((name) => `${name} was there, and is not there`)
        .join('; ')}.`,
    );
  });

  it('takes its model for the student where none is listed', async () => {
    await begun('refuse');
    await begun('resume', 'students.1.id=plain');
    expect(await errorOf(() => open('resume', 'students=[plain]'))).toMatchObject({
      message: expect.stringContaining('students.tiny was there, and is not there') as string,
    });
  });

  it.each([
    ['is missing', undefined],
    ['cannot be read', 'seed: [1\n'],
    ['is empty', ''],
  ])('is not resumed where its configuration %s', async (_how, content) => {
    const directory = await begun('refuse');
    await directory.writeText('checkpoints/a', 'kept');
    if (content === undefined) await rm(path('run', 'config.yaml'));
    else await writeFile(path('run', 'config.yaml'), content);
    const before = await filesIn(path('run'));
    expect(await errorOf(() => open('resume'))).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: expect.stringContaining(path('run', 'config.yaml')) as string,
      hint: expect.stringContaining('--overwrite') as string,
    });
    expect(await filesIn(path('run'))).toEqual(before);
  });

  it('is left as it was until the run begins', async () => {
    await begun('refuse');
    await writeFile(path('run', 'summary.json'), 'old');
    await open('overwrite', 'seed=5');
    expect(await filesIn(path('run'))).toEqual(['config.yaml', 'environment.json', 'summary.json']);
    await (await RunDirectory.open(path('deep', 'other'), toyConfig(), 'refuse')).close();
    await expect(filesIn(path('deep'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([[['environment.json.part']], [['environment.json']], [['environment.json', 'config.yaml.part']]])(
    'is started where a run was stopped as it began: %j',
    async (left) => {
      for (const existing of ['resume', 'overwrite'] as const) {
        await rm(path('run'), { recursive: true, force: true });
        const directory = await begun('refuse');
        await rm(directory.file('config.yaml'));
        if (!left.includes('environment.json')) await rm(directory.file('environment.json'));
        for (const name of left.filter((each) => each.endsWith('.part'))) await writeFile(directory.file(name), 'cut sh');
        expect((await begun(existing, 'seed=5')).resumed).toBe(false);
        expect(await readFile(path('run', 'config.yaml'), 'utf8')).toContain('seed: 5');
        expect(JSON.parse(await readFile(path('run', 'environment.json'), 'utf8'))).toEqual(environment);
      }
    },
  );

  it('with an environment.json that no run made is not started anew by --resume', async () => {
    await writeWhole(path('run', 'environment.json'), '{}');
    expect(await errorOf(() => open('resume'))).toMatchObject({ code: 'FARZI_RESUME_MISMATCH' });
    expect(await filesIn(path('run'))).toEqual(['environment.json']);
  });

  it('is started where there is nothing to resume', async () => {
    expect((await begun('resume')).resumed).toBe(false);
    expect(await filesIn(path('run'))).toEqual(['config.yaml', 'environment.json']);
  });
});

describe('a folder from which --overwrite would remove what no run made', () => {
  it.each([
    ['config.yaml', 'The folder RUN holds config.yaml, and is not a run: nothing was removed.'],
    ['students/list.csv', 'The folder RUN holds students, and is not a run: nothing was removed.'],
    ['environment.json', 'The folder RUN holds environment.json, and is not a run: nothing was removed.'],
  ])('is left alone, with its %s', async (name, message) => {
    await writeWhole(path('run', name), 'null');
    expect(await errorOf(() => open('overwrite'))).toMatchObject({
      code: 'FARZI_RUN_DIRECTORY_NOT_EMPTY',
      message: message.replace('RUN', path('run')),
      hint: 'Give --out another folder, or remove what is there yourself.',
    });
    expect(await filesIn(path('run'))).toEqual([name]);
  });

  it.each(['students/mine/names.csv', 'checkpoints/notes.txt', 'synthetic/deeper/manifest.md'])(
    'is left alone, with %s beside a run',
    async (name) => {
      await begun('refuse');
      await writeWhole(path('run', name), 'mine');
      expect(await errorOf(() => open('overwrite'))).toMatchObject({
        code: 'FARZI_RUN_DIRECTORY_NOT_EMPTY',
        message: `No run made ${path('run', name)}: nothing was removed.`,
      });
      expect(await filesIn(path('run'))).toEqual(['config.yaml', 'environment.json', name].sort());
    },
  );

  it('is used where nothing has the names of a run', async () => {
    await writeWhole(path('run', 'notes.txt'), 'mine');
    await begun('overwrite');
    expect(await filesIn(path('run'))).toEqual(['config.yaml', 'environment.json', 'notes.txt']);
  });
});

describe('an overwriting that was cut short', () => {
  /** All files of a run with what is in them. */
  const contents = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      await Promise.all((await filesIn(path('run'))).map(async (name) => [name, await readFile(path('run', name), 'utf8')] as const)),
    );

  /** A whole run and a note of somebody's. */
  async function oldRun(): Promise<Record<string, string>> {
    const directory = await begun('refuse');
    for (const name of oldFiles) await directory.writeText(name, 'old');
    await writeFile(path('run', 'notes.txt'), 'mine');
    return contents();
  }

  /** Everything that a run gives names to, in the order in which it goes. */
  const moved = [
    'config.yaml',
    'environment.json',
    'metrics.jsonl',
    'synthetic.farzi',
    'synthetic.vocabulary.json',
    'summary.json',
    'report.html',
    'checkpoints',
    'synthetic',
    'students',
  ];

  it.each(Array.from({ length: moved.length + 1 }, (_, count) => count))(
    'after %i of its files leaves the old run whole',
    async (count) => {
      const before = await oldRun();
      await mkdir(path('run', '.farzi-replaced'));
      for (const name of moved.slice(0, count)) await rename(path('run', name), path('run', '.farzi-replaced', name));
      // the new run may have said already what it is made with
      if (count === moved.length) await writeFile(path('run', 'environment.json'), 'new');
      expect((await open('resume')).resumed).toBe(true);
      expect(await contents()).toEqual(before);
    },
  );

  it('while the old run is removed leaves the new one', async () => {
    await oldRun();
    await begun('overwrite', 'seed=5');
    const after = await contents();
    await writeWhole(path('run', '.farzi-replaced', 'checkpoints', 'teacher.safetensors'), 'old');
    expect((await open('resume', 'seed=5')).resumed).toBe(true);
    expect(await contents()).toEqual(after);
  });

  it('moves the configuration first', async () => {
    await oldRun();
    await setAside(path('run'), await readdir(path('run')));
    expect(await readdir(path('run'))).toEqual(expect.arrayContaining(['.farzi-replaced', 'notes.txt']));
    expect(ownNames[0]).toBe('config.yaml');
    expect((await readdir(path('run', '.farzi-replaced'))).sort()).toEqual([...moved].sort());
  });
});

describe('a run directory in use', () => {
  it('is refused to others, in this process too, and free when it is closed', async () => {
    const directory = await RunDirectory.open(path('run'), toyConfig(), 'refuse');
    for (const existing of ['refuse', 'resume', 'overwrite'] as const)
      expect(await errorOf(() => open(existing))).toMatchObject({
        code: 'FARZI_RUN_LOCKED',
        message: `The run directory ${path('run')} is in use by process ${process.pid} on ${hostname()}.`,
        hint: 'Wait until that run has ended, or stop it and go on with --resume; or give --out another folder.',
      });
    await directory.begin(environment);
    expect(await errorOf(() => open('resume'))).toMatchObject({ code: 'FARZI_RUN_LOCKED' });
    await directory.close();
    await begun('resume');
    expect(await readdir(path('run'))).not.toContain('run.lock');
  });

  it('is free when what is left of a lock belongs to nobody', async () => {
    await writeWhole(path('run', 'run.lock'), '{"pid":1,"host":"elsewhere"}');
    await begun('refuse');
  });
});

describe('a run that was made with something else', () => {
  it('is refused by what differs', async () => {
    await begun('refuse');
    const directory = await open('resume');
    await directory.requireSame({ data: 'abc' });
    expect(await errorOf(() => directory.requireSame({ data: 'xyz' }))).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: `The file ${path('run', 'environment.json')} belongs to another run: data was abc, and is xyz.`,
    });
    await directory.writeText('environment.json', '{"core":"1"');
    expect(await errorOf(() => directory.requireSame({ data: 'abc' }))).toMatchObject({
      code: 'FARZI_RUN_DAMAGED',
      message: `The file ${path('run', 'environment.json')} does not say what the run was made with.`,
    });
  });
});

describe('files of a run', () => {
  it('are written whole, without a trace of the way', async () => {
    const directory = await begun('refuse');
    await directory.writeJson('deep/below/value.json', { a: [1, 2] });
    expect(await directory.readText('deep/below/value.json')).toBe('{\n  "a": [\n    1,\n    2\n  ]\n}\n');
    expect(await filesIn(path('run'))).toEqual(['config.yaml', 'deep/below/value.json', 'environment.json']);
    expect(await directory.readText('nothing.txt')).toBeUndefined();
  });

  it('grow by lines', async () => {
    const directory = await begun('refuse');
    await directory.appendLine('metrics.jsonl', { step: 1 });
    await directory.appendLine('metrics.jsonl', { step: 2, text: 'two\nlines' });
    expect(await directory.readText('metrics.jsonl')).toBe('{"step":1}\n{"step":2,"text":"two\\nlines"}\n');
  });

  it('say numbers that are not finite in words', async () => {
    const directory = await begun('refuse');
    await directory.appendLine('metrics.jsonl', { values: { loss: Number.NaN, score: -Infinity } });
    expect(await directory.readText('metrics.jsonl')).toBe('{"values":{"loss":"NaN","score":"-Infinity"}}\n');
    await directory.writeJson('summary.json', { perplexity: Infinity });
    expect(await directory.readText('summary.json')).toBe('{\n  "perplexity": "Infinity"\n}\n');
  });
});
