import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { errorOf } from '../../test/allclose.js';
import { filesIn, temporaryFolder, toyConfig } from '../../test/toy-experiment.js';
import { type ExistingFiles, RunDirectory } from './directory.js';

const path = temporaryFolder();
const open = (existing: ExistingFiles, ...overrides: readonly string[]): Promise<RunDirectory> =>
  RunDirectory.open(path('run'), toyConfig(...overrides), existing);

/** A directory whose run has started. */
async function begun(existing: ExistingFiles, ...overrides: readonly string[]): Promise<RunDirectory> {
  const directory = await open(existing, ...overrides);
  await directory.begin();
  return directory;
}

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
    expect(await filesIn(path('run'))).toEqual(['config.yaml']);
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
    for (const name of ['environment.json', 'metrics.jsonl', 'summary.json', 'report.html', 'checkpoints/a', 'synthetic/b']) {
      await directory.writeText(name, 'old');
    }
    await writeFile(path('run', 'notes.txt'), 'mine');
    expect((await begun('overwrite', 'seed=5')).resumed).toBe(false);
    expect(await filesIn(path('run'))).toEqual(['config.yaml', 'notes.txt']);
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
    expect(await refused('distillation.learner.optimizer.epsilon=0.5')).toBe(
      'distillation.learner.optimizer.epsilon was 0.001, and is 0.5.',
    );
    expect(await refused('evaluation.arms=[full, popularity]', 'evaluation.validationTargets=3')).toBe(
      [
        'evaluation.arms.1.id was "distilled", and is "popularity"',
        'evaluation.arms.2.id was "teacher-init", and is not there',
        'evaluation.arms.3.id was "random", and is not there',
        'evaluation.arms.4.id was "head", and is not there',
        'evaluation.arms.5.id was "popularity", and is not there',
        'and 1 more.',
      ].join('; '),
    );
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
    expect(await filesIn(path('run'))).toEqual(['config.yaml', 'summary.json']);
    await RunDirectory.open(path('other'), toyConfig(), 'refuse');
    await expect(filesIn(path('other'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is started where there is nothing to resume', async () => {
    expect((await begun('resume')).resumed).toBe(false);
    expect(await filesIn(path('run'))).toEqual(['config.yaml']);
  });
});

describe('files of a run', () => {
  it('are written whole, without a trace of the way', async () => {
    const directory = await begun('refuse');
    await directory.writeJson('deep/below/value.json', { a: [1, 2] });
    expect(await directory.readText('deep/below/value.json')).toBe('{\n  "a": [\n    1,\n    2\n  ]\n}\n');
    expect(await filesIn(path('run'))).toEqual(['config.yaml', 'deep/below/value.json']);
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
