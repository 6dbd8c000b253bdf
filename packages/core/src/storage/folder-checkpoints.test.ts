import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { filesIn, temporaryFolder } from '../../test/toy-experiment.js';
import { decodeCheckpoint } from './checkpoint-bytes.js';
import { noCheckpoints } from './checkpoints.js';
import { FolderCheckpoints } from './folder-checkpoints.js';
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
    await store().save('training/of/0.1', { tensors, state });
    await store().removeFolder('training/of');
    expect(await filesIn(path('kept'))).toEqual(['teacher.safetensors', 'training/0.1.safetensors']);
    await store().save('training/of/0.1', { tensors, state });
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
    ['left without what they belong to', () => encodeSafetensors(tensors, { state: '{}' })],
    ['left without a checksum', () => encodeSafetensors(tensors, { name: 'teacher', state: '{}', fingerprint: '{}' })],
  ])('that were %s are refused', async (_name, alter) => {
    const file = await store().save('teacher', { tensors, state });
    await writeFile(file, alter(await readFile(file)));
    expect(await errorOf(() => store().load('teacher'))).toMatchObject({
      code: 'FARZI_SAFETENSORS',
      message: expect.stringContaining(file) as string,
      hint: expect.any(String) as string,
    });
  });

  it('are refused where any one bit is another', async () => {
    const file = await store().save('teacher', { tensors, state });
    const bytes = await readFile(file);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decodeCheckpoint(flipped, 'teacher', file), `bit ${bit}`).toThrow(
        expect.objectContaining({ code: 'FARZI_SAFETENSORS' }) as Error,
      );
    }
  });

  it('that were put in the place of others are refused, before work starts too', async () => {
    const file = await store().save('teacher', { tensors, state });
    await store().save('training/0.1', { tensors, state });
    await store().check();
    await copyFile(file, path('kept', 'training', '0.1.safetensors'));
    const refused = {
      code: 'FARZI_SAFETENSORS',
      message: `The file ${path('kept', 'training', '0.1.safetensors')} holds the checkpoint teacher, and not training/0.1: files were exchanged.`,
    };
    expect(await errorOf(() => store().load('training/0.1'))).toMatchObject(refused);
    expect(await errorOf(() => store().check())).toMatchObject(refused);
  });

  it('that are none are nothing to check', async () => {
    await store().check();
  });
});

it('no checkpoints keep nothing', async () => {
  await noCheckpoints.save('teacher', { tensors, state });
  await noCheckpoints.removeFolder('training');
  expect(await noCheckpoints.load('teacher')).toBeUndefined();
});
