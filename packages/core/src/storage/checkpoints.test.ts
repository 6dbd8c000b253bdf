import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { filesIn, temporaryFolder } from '../../test/toy-experiment.js';
import { FolderCheckpoints, noCheckpoints } from './checkpoints.js';
import { encodeSafetensors } from './safetensors.js';

const path = temporaryFolder();
const tensors = { a: { shape: [2], values: Float32Array.of(1.5, Number.NaN) }, ids: { shape: [1], values: Int32Array.of(-7) } };
const state = { step: 3, best: { score: -Infinity }, last: Number.NaN, text: 'ü' };
const store = (fingerprint: Readonly<Record<string, string>> = { seed: '1', data: 'abc' }): FolderCheckpoints =>
  new FolderCheckpoints(path('kept'), fingerprint);

describe('checkpoints in a folder', () => {
  it('come back as they were saved', async () => {
    expect(await store().load('teacher')).toBeUndefined();
    expect(await store().save('teacher', { tensors, state })).toBe(path('kept', 'teacher.safetensors'));
    expect(await store().load('teacher')).toEqual({ tensors, state });
    await store().save('teacher', { tensors: {}, state: null });
    expect(await store().load('teacher')).toEqual({ tensors: {}, state: null });
    expect(await filesIn(path('kept'))).toEqual(['teacher.safetensors']);
  });

  it('are removed by folder', async () => {
    await store().save('training/0.1', { tensors, state });
    await store().save('teacher', { tensors, state });
    await store().removeFolder('training');
    await store().removeFolder('nothing');
    expect(await filesIn(path('kept'))).toEqual(['teacher.safetensors']);
  });

  it.each([
    ['another value', { seed: '2', data: 'abc' }, 'seed was 1, and is 2'],
    ['another of two', { seed: '1', data: 'xyz' }, 'data was abc, and is xyz'],
    ['something more', { seed: '1', data: 'abc', core: '9' }, 'core was not there, and is 9'],
    ['something less', { seed: '1' }, 'data was abc, and is not there'],
  ])('of a job with %s are refused', async (_what, fingerprint, difference) => {
    await store().save('teacher', { tensors, state });
    const hint = 'Go on with the configuration, data and versions of that run, use --overwrite to start anew, or --out for another folder.';
    expect(await errorOf(() => store(fingerprint).load('teacher'))).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: `The file ${path('kept', 'teacher.safetensors')} belongs to another run: ${difference}.`,
      hint,
    });
  });

  it.each([
    ['truncated', (bytes: Uint8Array) => bytes.subarray(0, -1)],
    ['emptied', () => new Uint8Array()],
    ['left without a state', () => encodeSafetensors(tensors, { fingerprint: '{}' })],
    ['left with a broken state', () => encodeSafetensors(tensors, { state: '{"step":', fingerprint: '{}' })],
    ['left without a fingerprint', () => encodeSafetensors(tensors, { state: '{}' })],
    ['left with another kind of fingerprint', () => encodeSafetensors(tensors, { state: '{}', fingerprint: '{"seed":1}' })],
  ])('that were %s are refused', async (_name, alter) => {
    const file = await store().save('teacher', { tensors, state });
    await writeFile(file, alter(await readFile(file)));
    expect(await errorOf(() => store().load('teacher'))).toMatchObject({
      code: 'FARZI_SAFETENSORS',
      message: expect.stringContaining(file) as string,
      hint: expect.any(String) as string,
    });
  });
});

it('no checkpoints keep nothing', async () => {
  await noCheckpoints.save('teacher', { tensors, state });
  await noCheckpoints.removeFolder('training');
  expect(await noCheckpoints.load('teacher')).toBeUndefined();
});
