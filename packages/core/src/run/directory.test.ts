import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { errorOf } from '../../test/allclose.js';
import { filesIn, temporaryFolder, toyConfig } from '../../test/toy-experiment.js';
import { RunDirectory } from './directory.js';

const path = temporaryFolder();
/** Opens the directory and begins the run. */
async function open(existing: 'refuse' | 'resume' | 'overwrite', ...overrides: readonly string[]): Promise<RunDirectory> {
  const directory = await RunDirectory.open(path('run'), toyConfig(...overrides), existing);
  await directory.begin();
  return directory;
}

describe('a run directory', () => {
  it('is made with the configuration in it', async () => {
    const directory = await open('refuse');
    expect(directory.resumed).toBe(false);
    expect(directory.path).toBe(path('run'));
    expect(parse(await readFile(directory.file('config.yaml'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(toyConfig())));
  });

  it('is left alone until the run begins', async () => {
    const directory = await RunDirectory.open(path('run'), toyConfig(), 'refuse');
    expect(await errorOf(() => filesIn(path('run')))).toMatchObject({ code: 'ENOENT' });
    await directory.begin();
    await directory.writeText('summary.json', 'old');
    await RunDirectory.open(path('run'), toyConfig('seed=5'), 'overwrite');
    expect(await filesIn(path('run'))).toEqual(['config.yaml', 'summary.json']);
  });

  it('that is empty is used', async () => {
    await mkdir(path('run'));
    await open('refuse');
    expect(await filesIn(path('run'))).toEqual(['config.yaml']);
  });

  it('that holds files is refused', async () => {
    await mkdir(path('run'));
    await writeFile(path('run', 'a.txt'), 'mine');
    await writeFile(path('run', 'b.txt'), 'mine');
    expect(await errorOf(() => open('refuse'))).toMatchObject({
      code: 'FARZI_RUN_DIRECTORY_NOT_EMPTY',
      message: `the run directory ${path('run')} already holds 2 files`,
      hint: 'Use --resume to go on with that run, --overwrite to start it anew, or --out for another folder.',
    });
    expect(await filesIn(path('run'))).toEqual(['a.txt', 'b.txt']);
  });

  it('that is a file is refused', async () => {
    await writeFile(path('run'), 'mine');
    expect(await errorOf(() => open('overwrite'))).toMatchObject({
      code: 'FARZI_USAGE',
      message: `the run directory ${path('run')} is a file`,
    });
    expect(await readFile(path('run'), 'utf8')).toBe('mine');
  });

  it('is overwritten without touching what is not its own', async () => {
    const directory = await open('refuse');
    for (const name of ['environment.json', 'metrics.jsonl', 'summary.json', 'report.html', 'checkpoints/a', 'synthetic/b']) {
      await directory.writeText(name, 'old');
    }
    await writeFile(path('run', 'notes.txt'), 'mine');
    const { resumed } = await open('overwrite', 'seed=5');
    expect(resumed).toBe(false);
    expect(await filesIn(path('run'))).toEqual(['config.yaml', 'notes.txt']);
    expect(await readFile(path('run', 'config.yaml'), 'utf8')).toContain('seed: 5');
  });

  it('is resumed with the same configuration only', async () => {
    const directory = await open('refuse');
    await directory.writeText('checkpoints/a', 'kept');
    expect((await open('resume')).resumed).toBe(true);
    expect(await directory.readText('checkpoints/a')).toBe('kept');
    expect(await errorOf(() => open('resume', 'maxLength=9'))).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: `${join(path('run'), 'config.yaml')} belongs to another run: maxLength was 8, and is 9`,
      hint: 'Go on with the configuration, data and versions of that run, use --overwrite to start anew, or --out for another folder.',
    });
    expect(await directory.readText('checkpoints/a')).toBe('kept');
  });

  it.each([
    ['is gone', (file: string) => rm(file)],
    ['cannot be read', (file: string) => rm(file).then(() => mkdir(file))],
    ['is no YAML', (file: string) => writeFile(file, '{')],
  ])('is not resumed where its configuration %s', async (_name, spoil) => {
    const directory = await open('refuse');
    await directory.writeText('checkpoints/a', 'kept');
    await spoil(directory.file('config.yaml'));
    expect(await errorOf(() => open('resume'))).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: expect.stringMatching(/^the run in .*run cannot be gone on with: .*config\.yaml cannot be read \(/) as string,
      hint: 'Use --overwrite to start anew, or --out for another folder.',
    });
    expect(await directory.readText('checkpoints/a')).toBe('kept');
  });

  it('is started where there is nothing to resume', async () => {
    expect((await open('resume')).resumed).toBe(false);
    expect(await filesIn(path('run'))).toEqual(['config.yaml']);
  });
});

describe('files of a run', () => {
  it('are written whole, without a trace of the way', async () => {
    const directory = await open('refuse');
    await directory.writeJson('deep/below/value.json', { a: [1, 2] });
    expect(await directory.readText('deep/below/value.json')).toBe('{\n  "a": [\n    1,\n    2\n  ]\n}\n');
    expect(await filesIn(path('run'))).toEqual(['config.yaml', 'deep/below/value.json']);
    expect(await directory.readText('nothing.txt')).toBeUndefined();
  });

  it('grow by lines', async () => {
    const directory = await open('refuse');
    await directory.appendLine('metrics.jsonl', { step: 1 });
    await directory.appendLine('metrics.jsonl', { step: 2, text: 'two\nlines', value: -Infinity });
    expect(await directory.readText('metrics.jsonl')).toBe('{"step":1}\n{"step":2,"text":"two\\nlines","value":"-Infinity"}\n');
  });
});
