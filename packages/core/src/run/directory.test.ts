import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { errorOf } from '../../test/allclose.js';
import { filesIn, temporaryFolder, toyConfig } from '../../test/toy-experiment.js';
import { encodeSafetensors } from '../storage/safetensors.js';
import { RunDirectory } from './directory.js';

const path = temporaryFolder();
const open = (existing: 'refuse' | 'resume' | 'overwrite', ...overrides: readonly string[]) =>
  RunDirectory.open(path('run'), toyConfig(...overrides), existing);

describe('a run directory', () => {
  it('is made with the configuration in it', async () => {
    const { directory, resumed } = await open('refuse');
    expect(resumed).toBe(false);
    expect(directory.path).toBe(path('run'));
    expect(parse(await readFile(directory.file('config.yaml'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(toyConfig())));
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
    const { directory } = await open('refuse');
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
    const { directory } = await open('refuse');
    await directory.writeText('checkpoints/a', 'kept');
    expect((await open('resume')).resumed).toBe(true);
    expect(await directory.readText('checkpoints/a')).toBe('kept');
    expect(await errorOf(() => open('resume', 'maxLength=9'))).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: `the run in ${path('run')} was started with a different configuration`,
      hint: `Compare with ${join(path('run'), 'config.yaml')}; use --overwrite to start anew, or --out for another folder.`,
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
    const { directory } = await open('refuse');
    await directory.writeJson('deep/below/value.json', { a: [1, 2] });
    expect(await directory.readJson('deep/below/value.json')).toEqual({ a: [1, 2] });
    expect(await filesIn(path('run'))).toEqual(['config.yaml', 'deep/below/value.json']);
    expect(await directory.readJson('nothing.json')).toBeUndefined();
    expect(await directory.readText('nothing.txt')).toBeUndefined();
  });

  it('grow by lines', async () => {
    const { directory } = await open('refuse');
    await directory.appendLine('metrics.jsonl', { step: 1 });
    await directory.appendLine('metrics.jsonl', { step: 2, text: 'two\nlines' });
    expect(await directory.readText('metrics.jsonl')).toBe('{"step":1}\n{"step":2,"text":"two\\nlines"}\n');
  });
});

describe('checkpoints', () => {
  const tensors = { a: { shape: [2], values: Float32Array.of(1.5, Number.NaN) }, ids: { shape: [1], values: Int32Array.of(-7) } };
  const state = { step: 3, best: { score: 0.25 }, text: 'ü' };

  it('come back as they were saved', async () => {
    const { directory } = await open('refuse');
    expect(await directory.loadCheckpoint('teacher')).toBeUndefined();
    await directory.saveCheckpoint('teacher', tensors, state);
    expect(await directory.loadCheckpoint('teacher')).toEqual({ tensors, state });
    await directory.saveCheckpoint('teacher', {}, null);
    expect(await directory.loadCheckpoint('teacher')).toEqual({ tensors: {}, state: null });
    expect(await filesIn(path('run'))).toEqual(['checkpoints/teacher.safetensors', 'config.yaml']);
  });

  it.each([
    ['truncated', (bytes: Uint8Array) => bytes.subarray(0, -1)],
    ['emptied', () => new Uint8Array()],
    ['without its state', () => encodeSafetensors(tensors)],
    ['with a broken state', () => encodeSafetensors(tensors, { state: '{"step":' })],
  ])('that were %s are refused', async (_name, alter) => {
    const { directory } = await open('refuse');
    await directory.saveCheckpoint('teacher', tensors, state);
    const file = directory.file('checkpoints/teacher.safetensors');
    await writeFile(file, alter(await readFile(file)));
    expect(await errorOf(() => directory.loadCheckpoint('teacher'))).toMatchObject({
      code: 'FARZI_SAFETENSORS',
      message: expect.stringContaining(file) as string,
      hint: expect.any(String) as string,
    });
  });
});
