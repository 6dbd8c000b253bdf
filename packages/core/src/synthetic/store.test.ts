import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { RandomStream } from '../random/stream.js';
import { encodeSafetensors } from '../storage/safetensors.js';
import { type CodecDefinition, type StorageCodec, float32 } from '../storage/codec.js';
import { asStored, loadSynthetic, saveSynthetic, type SyntheticPackage } from './store.js';

const stream = new RandomStream(2, 'store');
const sizes = { sequences: 3, length: 4, rank: 2, vocabularySize: 5, temperature: 0.7 };
const common = { decoder: stream.normal(10), weights: Float32Array.from({ length: 12 }, (_, index) => Number(index % 4 < 3)) };
const rest = {
  vocabulary: ['a', 'b', 'c', 'd', 'ü "quoted"'],
  provenance: { dataset: 'toy', protocol: 'Leave one out.', seed: 1, model: 'tiny', outerSteps: 20 },
};
const soft: SyntheticPackage = { ...rest, data: { ...sizes, ...common, inputs: 'soft', latents: stream.normal(30) } };
const hard: SyntheticPackage = {
  ...rest,
  titles: ['A', 'B', 'C', 'D', 'E'],
  data: { ...sizes, ...common, inputs: 'hard', latents: stream.normal(24), ids: Int32Array.from({ length: 12 }, () => stream.integer(5)) },
};

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farzi-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const dataFile = (): string => join(folder, 'synthetic.safetensors');
const manifestFile = (): string => join(folder, 'manifest.json');
const manifest = async (): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(manifestFile(), 'utf8')) as Record<string, unknown>;
const rewrite = async (changes: Readonly<Record<string, unknown>>): Promise<void> =>
  writeFile(manifestFile(), JSON.stringify({ ...(await manifest()), ...changes }));
const failure = (): Promise<unknown> => errorOf(() => loadSynthetic(folder));

describe('synthetic data in a folder', () => {
  it.each([
    ['soft', soft],
    ['hard', hard],
  ])('with %s inputs loads as it was saved', async (_inputs, given) => {
    await saveSynthetic(folder, given);
    const loaded = await loadSynthetic(folder);
    expect(loaded).toEqual({ ...given, storage: float32() });
    expect('ids' in loaded.data).toBe('ids' in given.data);
  });

  it('makes the folders above it', async () => {
    await saveSynthetic(join(folder, 'a', 'b'), soft);
    expect(await loadSynthetic(join(folder, 'a', 'b'))).toEqual({ ...soft, storage: float32() });
  });

  it('has the same bytes every time', async () => {
    await saveSynthetic(folder, hard);
    const first = [await readFile(dataFile()), await readFile(manifestFile())];
    await saveSynthetic(folder, hard);
    expect([await readFile(dataFile()), await readFile(manifestFile())]).toEqual(first);
  });

  it('says in its manifest what it is', async () => {
    await saveSynthetic(folder, hard);
    const { length: bytes } = await readFile(dataFile());
    expect(await manifest()).toMatchObject({
      format: 'farzi-synthetic-1',
      file: 'synthetic.safetensors',
      bytes,
      storedNumbers: 24 + 10 + 12,
      sequences: 3,
      inputs: 'hard',
      provenance: rest.provenance,
      vocabulary: rest.vocabulary,
    });
  });
});

describe('synthetic data that were altered', () => {
  it('in any byte of its data is refused', async () => {
    await saveSynthetic(folder, soft);
    const bytes = await readFile(dataFile());
    for (let at = 0; at < bytes.length; at += 7) {
      await writeFile(
        dataFile(),
        bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)),
      );
      expect(await failure()).toMatchObject({ code: 'FARZI_DATA_CHECKSUM', hint: 'The file is truncated or was altered.' });
    }
    await writeFile(dataFile(), bytes.subarray(1));
    expect(await failure()).toMatchObject({
      code: 'FARZI_DATA_CHECKSUM',
      message: expect.stringMatching(
        new RegExp(
          `synthetic\\.safetensors has ${bytes.length - 1} bytes with sha256 [0-9a-f]{64}; its manifest says ${bytes.length} bytes, [0-9a-f]{64}$`,
        ),
      ) as string,
    });
  });

  it('or that is not there is refused', async () => {
    const hint = 'Synthetic data are a folder with manifest.json and synthetic.safetensors: give its path.';
    expect(await failure()).toMatchObject({ code: 'FARZI_DATA_NOT_FOUND', message: `${manifestFile()} cannot be read`, hint });
    await saveSynthetic(folder, soft);
    await rm(dataFile());
    expect(await failure()).toMatchObject({ code: 'FARZI_DATA_NOT_FOUND', message: `${dataFile()} cannot be read`, hint });
  });

  it.each(['', '{', '[]', 'null', '{"format":"farzi-synthetic-2"}', '{"format":"farzi-synthetic-1"}'])(
    'with the manifest %j is refused',
    async (text) => {
      await saveSynthetic(folder, soft);
      await writeFile(manifestFile(), text);
      expect(await failure()).toMatchObject({
        code: 'FARZI_SAFETENSORS',
        message: `${manifestFile()} is not a manifest of the format farzi-synthetic-1`,
      });
    },
  );

  it.each([
    ['sequences', 4, 'latents: values are stored as F32 [3, 5, 2], and not as F32 [4, 5, 2]'],
    ['rank', 3, 'latents: values are stored as F32 [3, 5, 2], and not as F32 [3, 5, 3]'],
    ['vocabularySize', 6, 'decoder: values are stored as F32 [2, 5], and not as F32 [2, 6]'],
    ['inputs', 'hard', 'latents: values are stored as F32 [3, 5, 2], and not as F32 [3, 4, 2]'],
    ['vocabulary', ['a'], "the tensors do not fit the manifest's inputs or vocabulary"],
  ])('with another %s in its manifest is refused', async (key, value, message) => {
    await saveSynthetic(folder, soft);
    await rewrite({ [key]: value });
    expect(await failure()).toMatchObject({ code: 'FARZI_SAFETENSORS', message: `${dataFile()}: ${message}` });
  });

  it.each([
    ['vocabulary', null],
    ['temperature', 'warm'],
    ['length', 2.5],
    ['inputs', 'both'],
    ['provenance', undefined],
  ])('with a senseless %s is refused', async (key, value) => {
    await saveSynthetic(folder, soft);
    await rewrite({ [key]: value });
    expect(await failure()).toMatchObject({ code: 'FARZI_SAFETENSORS' });
  });

  it('with tensors of another type is refused', async () => {
    const { createHash } = await import('node:crypto');
    await saveSynthetic(folder, soft);
    const bytes = encodeSafetensors({
      latents: { shape: [3, 5, 2], values: new Int32Array(30) },
      decoder: { shape: [2, 5], values: soft.data.decoder },
      weights: { shape: [3, 4], values: soft.data.weights },
    });
    await writeFile(dataFile(), bytes);
    await rewrite({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
    expect(await failure()).toMatchObject({
      code: 'FARZI_SAFETENSORS',
      message: `${dataFile()}: latents: values are stored as I32 [3, 5, 2], and not as F32 [3, 5, 2]`,
    });
  });
});

describe('numbers that nothing can be learned from', () => {
  it.each([
    ['latents', Number.NaN, 'holds NaN at 1, which is not finite.'],
    ['decoder', -Infinity, 'holds -Infinity at 1, which is not finite.'],
    ['weights', Infinity, 'holds Infinity at 1, which is not finite.'],
    ['ids', 5, 'holds 5 at 1, outside the vocabulary of 5.'],
    ['ids', -1, 'holds -1 at 1, outside the vocabulary of 5.'],
  ] as const)('are refused when they are read, with a checksum that fits: %s with %d', async (field, value, message) => {
    const { ids = new Int32Array(), ...rest } = hard.data;
    const copies = {
      ...rest,
      ids: ids.slice(),
      latents: rest.latents.slice(),
      decoder: rest.decoder.slice(),
      weights: rest.weights.slice(),
    };
    copies[field][1] = value;
    await saveSynthetic(folder, { ...hard, data: copies });
    expect(await failure()).toMatchObject({
      code: 'FARZI_SAFETENSORS',
      message: `${dataFile()}: ${field} ${message}`,
      hint: expect.stringMatching(/\.$/) as string,
    });
  });
});

/** A byte for each number: how many steps it is from the smallest. */
const bytes: CodecDefinition = {
  id: 'bytes',
  schema: { type: 'object', properties: { steps: { type: 'integer', default: 255 } } },
  create: ({ steps }: { readonly steps: number }): StorageCodec => ({
    encode(values, shape) {
      const [least, most] = [Math.min(...values), Math.max(...values)];
      const size = (most - least) / steps || 1;
      const packed = Uint8Array.from(values, (value) => Math.round((value - least) / size));
      return { packed: { shape, values: packed }, scale: { shape: [2], values: Float32Array.of(least, size) } };
    },
    decode({ packed, scale }) {
      const [least = 0, size = 1] = scale?.values ?? [];
      return Float32Array.from(packed?.values ?? [], (value) => least + value * size);
    },
  }),
};

describe('a codec of a plugin', () => {
  const storage = { definition: bytes, options: { steps: 100 } };

  it('stores what it makes of the numbers, and gives back what students are trained on', async () => {
    await saveSynthetic(folder, { ...hard, storage });
    expect(await manifest()).toMatchObject({ storage: { id: 'bytes', steps: 100 } });
    const { data, storage: loaded } = await loadSynthetic(folder, [float32, bytes]);
    expect(data).toEqual(asStored(hard.data, bytes.create(storage.options as never)));
    expect(loaded).toEqual(storage);
    expect(data.latents).not.toEqual(hard.data.latents);
    expect((await readFile(dataFile())).length).toBeLessThan(1000);
  });

  it('that is not there is named', async () => {
    await saveSynthetic(folder, { ...hard, storage });
    expect(await failure()).toMatchObject({
      code: 'FARZI_CONTRIBUTION_UNKNOWN',
      message: `${manifestFile()}: the data are stored with the codec "bytes", which is not there`,
      hint: 'Known: float32. Install the plugin that brings it, and pass its codec.',
    });
  });

  it('is not needed for folders of earlier versions, which name none', async () => {
    await saveSynthetic(folder, soft);
    await rewrite({ storage: undefined });
    expect((await loadSynthetic(folder)).data).toEqual(soft.data);
  });
});
