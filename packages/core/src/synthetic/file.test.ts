import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { examplePackage } from '../../test/synthetic.js';
import { validateOptions } from '../options/validate.js';
import { RandomStream } from '../random/stream.js';
import { type CodecDefinition, codecOf, type StorageCodec } from '../storage/codec.js';
import { builtInCodecs, entropy, float32, int3, int4 } from '../storage/codecs/index.js';
import { deflated, inflated } from '../storage/deflated.js';
import { decodeSafetensors, encodeSafetensors } from '../storage/safetensors.js';
import { asStored } from './encoded.js';
import { loadSynthetic, saveSynthetic } from './file.js';
import { decodeSynthetic, encodeSynthetic, vocabularyFile } from './file-bytes.js';
import type { SyntheticPackage } from './package.js';
import { storedBytes } from './stored-bytes.js';

const fixtures = fileURLToPath(new URL('../../test/fixtures/synthetic/', import.meta.url));
const hard = await examplePackage();
const { ids: _ids, ...data } = hard.data;
const stream = new RandomStream(2, 'file');
const { titles: _titles, ...untitled } = hard;
const soft: SyntheticPackage = { ...untitled, data: { ...data, inputs: 'soft', latents: stream.normal(30), weights: stream.normal(12) } };

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farzi-file-'));
  file = join(folder, 'a.farzi');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const decode = (bytes: Uint8Array): Promise<SyntheticPackage> =>
  decodeSynthetic(bytes, 'a.farzi', builtInCodecs, () => Promise.reject(new Error('there are none')));

describe('a *.farzi file', () => {
  it.each(builtInCodecs.flatMap((codec) => [hard, soft].map((given) => [codec.id, given.data.inputs, codec, given] as const)))(
    'of %s with %s inputs gives back what students are trained on',
    async (_id, _inputs, definition, given) => {
      const storage = { definition, options: validateOptions(definition.schema, {}, []) };
      await saveSynthetic(file, { ...given, storage });
      const loaded = await loadSynthetic(file);
      expect(loaded).toEqual({ ...given, data: asStored(given.data, codecOf(storage)), storage });
      expect('ids' in loaded.data).toBe('ids' in given.data);
      expect('titles' in loaded).toBe('titles' in given);
    },
  );

  it('is entropy coded where nothing else is said, and has the same bytes every time', () => {
    expect(encodeSynthetic(hard)).toEqual(encodeSynthetic({ ...hard, storage: entropy() }));
  });

  it.each([[hard], [soft]])('says at which temperature its targets are matched', async (given) => {
    const matched = { ...given, data: { ...given.data, matchingTemperature: 2 } };
    expect((await decode(encodeSynthetic(matched))).data.matchingTemperature).toBe(2);
  });

  it('keeps what came back from storage as it is', async () => {
    const bytes = encodeSynthetic({ ...soft, storage: int3() });
    expect(encodeSynthetic(await decode(bytes))).toEqual(bytes);
  });

  it.each([
    [2, 'float32', {}],
    [2, 'int4', {}],
    [2, 'entropy', { step: 0.1 }],
    [3, 'entropy', { step: 0.1 }],
  ])('that was written by the first program of version %d with that codec is read: %s', async (version, name, options) => {
    const definition = builtInCodecs.find(({ id }) => id === name) as CodecDefinition;
    const storage = { definition, options };
    const old = join(fixtures, `version-${version}-${name}.farzi`);
    expect(await loadSynthetic(old)).toEqual({ ...hard, data: asStored(hard.data, codecOf(storage)), storage });
  });

  it('has its names compressed', () => {
    const many = Array.from({ length: 5 }, (_, token) => `the name of token ${token}, `.repeat(1000));
    const { vocabulary } = storedBytes({ ...hard, vocabulary: many, titles: many });
    expect(vocabulary).toBeGreaterThan(0);
    expect(vocabulary).toBeLessThan(5000);
  });

  it('has its names beside it where that is asked for', async () => {
    await saveSynthetic(file, hard, { vocabulary: 'beside' });
    expect((await readFile(file)).includes('quoted')).toBe(false);
    expect((await loadSynthetic(file)).vocabulary).toEqual(hard.vocabulary);
    await writeFile(vocabularyFile(file), JSON.stringify({ vocabulary: ['e', 'd', 'c', 'b', 'a'] }));
    expect(await errorOf(() => loadSynthetic(file))).toMatchObject({
      code: 'FARZI_DATA_CHECKSUM',
      message: `The names of tokens in ${vocabularyFile(file)} are not those of ${file}.`,
    });
    await rename(vocabularyFile(file), join(folder, 'elsewhere.json'));
    expect(await errorOf(() => loadSynthetic(file))).toMatchObject({
      code: 'FARZI_DATA_NOT_FOUND',
      message: `The file ${vocabularyFile(file)} cannot be read.`,
    });
  });

  it('takes as many bytes as are counted', async () => {
    const given = { ...hard, storage: int4() };
    await saveSynthetic(file, given);
    const { total, vocabulary, description, ...parts } = storedBytes(given);
    expect(total + vocabulary).toBe((await readFile(file)).length);
    expect(Object.values(parts).reduce((sum, each) => sum + each, 0) + description).toBe(total);
    // 24 latents and 10 numbers of the decoder of 4 bits, 12 and 5 scales, 12 ids of 3 bits, 12 weights of one
    expect(parts).toEqual({ latents: 12 + 24, decoder: 5 + 10, inputs: 5, weights: 2 });
  });

  it('is not there', async () => {
    expect(await errorOf(() => loadSynthetic(file))).toMatchObject({
      code: 'FARZI_DATA_NOT_FOUND',
      message: `The file ${file} cannot be read.`,
    });
  });
});

describe('a *.farzi file that was altered', () => {
  const bytes = encodeSynthetic({ ...hard, storage: int4() });

  it('is refused when it is cut anywhere', async () => {
    for (let length = 0; length < bytes.length; length += 5)
      expect(await errorOf(() => decode(bytes.subarray(0, length)))).toMatchObject({ code: 'FARZI_SAFETENSORS' });
  });

  it('is refused whatever byte is altered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const altered = Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ by : byte));
        const { code } = (await errorOf(() => decode(altered))) as { code?: string };
        expect(['FARZI_SAFETENSORS', 'FARZI_DATA_CHECKSUM', 'FARZI_FORMAT_VERSION']).toContain(code);
      }),
      { numRuns: 500 },
    );
  });

  /** With something else in it, and a checksum that fits. */
  async function forged(change: { description?: object; names?: object; version?: string; tensors?: object }): Promise<unknown> {
    const { tensors, metadata } = decodeSafetensors(bytes, 'a');
    const description = JSON.stringify({ ...(JSON.parse(metadata['description'] ?? '') as object), ...change.description });
    const values = deflated(
      JSON.stringify({ ...(JSON.parse(inflated(tensors['names']?.values as Uint8Array)) as object), ...change.names }),
    );
    const names = { shape: [values.length], values };
    const zeros = '0'.repeat(64);
    const changed = Object.fromEntries(Object.entries({ ...tensors, names, ...change.tensors }).filter(([, value]) => value !== undefined));
    const made = encodeSafetensors(changed, { ...metadata, description, version: change.version ?? '3', sha256: zeros });
    const { createHash } = await import('node:crypto');
    const text = Buffer.from(made).toString('latin1');
    return errorOf(() => decode(Buffer.from(text.replace(`"${zeros}"`, `"${createHash('sha256').update(made).digest('hex')}"`), 'latin1')));
  }

  it.each([
    [
      'another number of sequences',
      { description: { sequences: 4 } },
      /latents: The part scales is stored as F16 \[3, 4\], and not as F16 \[4, 4\]\.$/,
    ],
    ['another rank', { description: { rank: 3 } }, /latents: The part codes is stored as U8 \[12\], and not as U8 \[18\]\.$/],
    ['other inputs', { description: { inputs: 'soft' } }, /The data have soft inputs, and there are ids\.$/],
    ['no ids', { tensors: { ids: undefined } }, /The data have hard inputs, and no ids\.$/],
    ['another vocabulary', { description: { vocabularySize: 6 } }, /decoder: The part scales/],
    ['names for fewer tokens', { names: { vocabulary: ['a'] } }, /There are not 5 names of tokens\.$/],
    ['names that are not compressed', { tensors: { names: { shape: [9], values: new Uint8Array(9) } } }, /a\.farzi: invalid zlib data\.$/],
    ['names of another type', { tensors: { names: { shape: [1], values: new Float32Array(1) } } }, /The part names is stored as F32/],
    [
      'a matching temperature of 0',
      { description: { matchingTemperature: 0 } },
      /The field matchingTemperature of its description is missing or makes no sense\.$/,
    ],
    ['a temperature of 0', { description: { temperature: 0 } }, /The field temperature of its description is missing or makes no sense\.$/],
    ['no provenance', { description: { provenance: undefined } }, /The field provenance/],
    ['a billion sequences', { description: { sequences: 1e9 } }, /latents/],
    [
      'ids outside the vocabulary',
      { tensors: { ids: { shape: [5], values: Uint8Array.of(255, 255, 255, 255, 15) } } },
      /The array ids holds 7 at 0/,
    ],
  ] as const)('is refused with %s, though its checksum fits', async (_what, change, message) => {
    expect(await forged(change)).toMatchObject({ code: 'FARZI_SAFETENSORS', message: expect.stringMatching(message) as string });
  });

  it('is refused in a version that is not known, and with a codec that is not there', async () => {
    expect(await forged({ version: '4' })).toMatchObject({
      code: 'FARZI_FORMAT_VERSION',
      message: 'The file a.farzi has version 4 of its format, and not 2 or 3.',
    });
    expect(await forged({ description: { storage: { id: 'int9' } } })).toMatchObject({
      code: 'FARZI_CONTRIBUTION_UNKNOWN',
      message: 'a.farzi: The data are stored with the codec "int9", which is not there.',
      hint: 'Install the plugin that brings it, and pass its codec beside float32, float16, int8, int4, int3, int2, entropy.',
    });
    expect(await forged({ description: { storage: { id: 'int4', bits: 5 } } })).toMatchObject({ code: 'FARZI_CONFIG_UNKNOWN_KEY' });
  });

  it('is told apart from another safetensors file', async () => {
    expect(await errorOf(() => decode(encodeSafetensors({}, {})))).toMatchObject({
      code: 'FARZI_SAFETENSORS',
      message: 'The file a.farzi holds no synthetic data: its metadata do not say format farzi-synthetic.',
    });
  });
});

describe('numbers that nothing can be learned from', () => {
  it.each([
    ['latents', Number.NaN, 'holds NaN at 1, which is not finite.'],
    ['weights', Infinity, 'holds Infinity at 1, which is not finite.'],
  ] as const)('are refused when they are read, with a checksum that fits: %s with %d', async (field, value, message) => {
    const copies = { ...hard.data, latents: hard.data.latents.slice(), weights: hard.data.weights.slice() };
    copies[field][1] = value;
    const bytes = encodeSynthetic({ ...hard, data: copies, storage: float32() });
    expect(await errorOf(() => decode(bytes))).toMatchObject({
      code: 'FARZI_SAFETENSORS',
      message: `a.farzi: The array ${field} ${message}`,
    });
  });

  it('are not written with fewer bits', async () => {
    const latents = hard.data.latents.map((value, at) => (at === 1 ? Number.NaN : value));
    expect(await errorOf(() => encodeSynthetic({ ...hard, data: { ...hard.data, latents } }))).toMatchObject({ code: 'FARZI_NON_FINITE' });
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
  it('stores what it makes of the numbers, and gives back what students are trained on', async () => {
    const storage = { definition: bytes, options: { steps: 100 } };
    await saveSynthetic(file, { ...hard, storage });
    const loaded = await loadSynthetic(file, [float32, bytes]);
    expect(loaded.data).toEqual(asStored(hard.data, bytes.create(storage.options as never)));
    expect(loaded.storage).toEqual(storage);
    expect(loaded.data.latents).not.toEqual(hard.data.latents);
  });
});
