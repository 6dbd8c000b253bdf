import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { filesIn } from '../../test/toy-experiment.js';
import { FolderCheckpoints, noCheckpoints } from './checkpoints.js';
import { encodeSafetensors } from './safetensors.js';

const tensors = { a: { shape: [2], values: Float32Array.of(1.5, Number.NaN) }, ids: { shape: [1], values: Int32Array.of(-7) } };
const state = { step: 3, best: { score: -Infinity }, text: 'ü' };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farzi-checkpoints-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('checkpoints in a folder', () => {
  it('come back as they were saved, with numbers that are not finite', async () => {
    const checkpoints = new FolderCheckpoints(join(folder, 'deep'), { seed: '1' });
    expect(await checkpoints.load('teacher')).toBeUndefined();
    expect(await checkpoints.save('teacher', { tensors, state })).toBe(join(folder, 'deep', 'teacher.safetensors'));
    expect(await checkpoints.load('teacher')).toEqual({ tensors, state });
    await checkpoints.save('teacher', { tensors: {}, state: null });
    expect(await checkpoints.load('teacher')).toEqual({ tensors: {}, state: null });
    expect(await filesIn(folder)).toEqual(['deep/teacher.safetensors']);
  });

  it('go by the folder', async () => {
    const checkpoints = new FolderCheckpoints(folder);
    await checkpoints.save('training/0.1', { tensors, state });
    await checkpoints.save('teacher', { tensors, state });
    await checkpoints.removeFolder('training');
    expect(await filesIn(folder)).toEqual(['teacher.safetensors']);
  });

  it('of another job are refused, with what differs', async () => {
    await new FolderCheckpoints(folder, { seed: '1', data: 'a', old: 'x' }).save('teacher', { tensors, state });
    expect(await errorOf(() => new FolderCheckpoints(folder, { seed: '2', data: 'a' }).load('teacher'))).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: `${join(folder, 'teacher.safetensors')} belongs to another run: seed was 1, and is 2; old was x, and is not there`,
      hint: 'Go on with the configuration, data and versions of that run, use --overwrite to start anew, or --out for another folder.',
    });
  });

  it.each([
    ['truncated', (bytes: Uint8Array) => bytes.subarray(0, -1)],
    ['emptied', () => new Uint8Array()],
    ['without its state', () => encodeSafetensors(tensors)],
    ['without its fingerprint', () => encodeSafetensors(tensors, { state: '{}' })],
    ['with a broken state', () => encodeSafetensors(tensors, { state: '{"step":', fingerprint: '{}' })],
    ['with a senseless fingerprint', () => encodeSafetensors(tensors, { state: '{}', fingerprint: '{"seed":1}' })],
  ])('that were %s are refused', async (_name, alter) => {
    const checkpoints = new FolderCheckpoints(folder);
    const file = await checkpoints.save('teacher', { tensors, state });
    await writeFile(file, alter(await readFile(file)));
    expect(await errorOf(() => checkpoints.load('teacher'))).toMatchObject({
      code: 'FARZI_SAFETENSORS',
      message: expect.stringContaining(file) as string,
      hint: expect.any(String) as string,
    });
  });
});

it('a store that keeps nothing has nothing', async () => {
  expect(await noCheckpoints.save('a', { tensors, state })).toBe('');
  await noCheckpoints.removeFolder('a');
  expect(await noCheckpoints.load('a')).toBeUndefined();
});
