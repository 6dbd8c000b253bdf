import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { examplePackage } from '../../test/synthetic.js';
import { float32 } from '../storage/codecs/index.js';
import { decodeSafetensors, encodeSafetensors } from '../storage/safetensors.js';
import { loadSynthetic } from './file.js';

const fixture = fileURLToPath(new URL('../../test/fixtures/synthetic/version-1', import.meta.url));

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farzi-folder-'));
  await cp(fixture, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const dataFile = (): string => join(folder, 'synthetic.safetensors');
const manifestFile = (): string => join(folder, 'manifest.json');
const rewrite = async (changes: Readonly<Record<string, unknown>>): Promise<void> => {
  const manifest = JSON.parse(await readFile(manifestFile(), 'utf8')) as Record<string, unknown>;
  await writeFile(manifestFile(), JSON.stringify({ ...manifest, ...changes }));
};
const failure = (): Promise<unknown> => errorOf(() => loadSynthetic(folder));

describe('a folder of version 1', () => {
  it('is read', async () => {
    expect(await loadSynthetic(folder)).toEqual({ ...(await examplePackage()), storage: float32() });
  });

  it('is read where it names no codec, as the first ones did', async () => {
    await rewrite({ storage: undefined });
    expect((await loadSynthetic(folder)).data).toEqual((await examplePackage()).data);
  });

  it('is refused when any byte of its data is altered, or some are missing', async () => {
    const bytes = await readFile(dataFile());
    for (let at = 0; at < bytes.length; at += 7) {
      await writeFile(
        dataFile(),
        bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)),
      );
      expect(await failure()).toMatchObject({ code: 'FARZI_DATA_CHECKSUM' });
    }
    await writeFile(dataFile(), bytes.subarray(1));
    expect(await failure()).toMatchObject({ code: 'FARZI_DATA_CHECKSUM' });
  });

  it.each(['manifest.json', 'synthetic.safetensors'])('is refused without %s', async (name) => {
    await rm(join(folder, name));
    expect(await failure()).toMatchObject({ code: 'FARZI_DATA_NOT_FOUND', message: `The file ${join(folder, name)} cannot be read.` });
  });

  it.each(['', '{', '[]', 'null', '{"format":"farzi-synthetic-3"}', '{"format":"farzi-synthetic-1"}'])(
    'is refused with the manifest %j',
    async (text) => {
      await writeFile(manifestFile(), text);
      expect(await failure()).toMatchObject({ code: 'FARZI_SAFETENSORS' });
    },
  );

  it.each([
    ['sequences', 4, 'latents: The part values is stored as F32 [3, 4, 2], and not as F32 [4, 4, 2].'],
    ['rank', 3, 'latents: The part values is stored as F32 [3, 4, 2], and not as F32 [3, 4, 3].'],
    ['inputs', 'soft', 'latents: The part values is stored as F32 [3, 4, 2], and not as F32 [3, 5, 2].'],
  ])('is refused with another %s in its manifest', async (key, value, message) => {
    await rewrite({ [key]: value });
    expect(await failure()).toMatchObject({ code: 'FARZI_SAFETENSORS', message: `${dataFile()}: ${message}` });
  });

  it.each([
    ['latents', Number.NaN, 'holds NaN at 1, which is not finite.'],
    ['decoder', -Infinity, 'holds -Infinity at 1, which is not finite.'],
    ['weights', Infinity, 'holds Infinity at 1, which is not finite.'],
    ['ids', 5, 'holds 5 at 1, outside the vocabulary of 5.'],
  ])('is refused with %s that nothing can be learned from (%d), though its checksum fits', async (name, value, message) => {
    const { tensors, metadata } = decodeSafetensors(await readFile(dataFile()), dataFile());
    tensors[name]?.values.fill(value, 1, 2);
    const bytes = encodeSafetensors(tensors, metadata);
    await writeFile(dataFile(), bytes);
    await rewrite({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
    expect(await failure()).toMatchObject({ code: 'FARZI_SAFETENSORS', message: `${dataFile()}: The array ${name} ${message}` });
  });

  it.each([
    ['vocabulary', null],
    ['vocabulary', ['a']],
    ['titles', ['a']],
    ['vocabularySize', 6],
    ['temperature', 'warm'],
    ['length', 2.5],
    ['inputs', 'both'],
    ['provenance', undefined],
  ])('is refused with the %s %j', async (key, value) => {
    await rewrite({ [key]: value });
    expect(await failure()).toMatchObject({ code: 'FARZI_SAFETENSORS' });
  });
});
