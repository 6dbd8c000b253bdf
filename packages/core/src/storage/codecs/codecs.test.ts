import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../../test/allclose.js';
import { validateOptions } from '../../options/validate.js';
import { RandomStream } from '../../random/stream.js';
import { codecOf, type StoredParts } from '../codec.js';
import { builtInCodecs, entropy, float16, int2, int3, int4, int8 } from './index.js';

const normal = new RandomStream(1, 'codecs').normal(64 * 16);
const shape = [64, 16];

/** Root of the mean squared error of normal numbers of deviation 1. */
function errorOn(values: Float32Array, configured: ReturnType<typeof int4>): number {
  const codec = codecOf(configured);
  const back = codec.decode(codec.encode(values, shape), shape);
  return Math.sqrt(back.reduce((sum, value, index) => sum + (value - (values[index] as number)) ** 2, 0) / values.length);
}

const bytesOf = (parts: StoredParts): number => Object.values(parts).reduce((sum, { values }) => sum + values.byteLength, 0);

describe('codecs', () => {
  it.each([
    [float16, 0.0003, 2],
    [int8, 0.006, 1 + 2 / 16],
    [int4, 0.1, 0.5 + 2 / 16],
    [int3, 0.19, 0.375 + 2 / 16],
    [int2, 0.36, 0.25 + 2 / 16],
  ] as const)('%# lose little of normal numbers, and take the bytes that they say', (codec, error, bytes) => {
    expect(errorOn(normal, codec())).toBeLessThan(error);
    expect(errorOn(normal, codec())).toBeGreaterThan(error / 3);
    expect(bytesOf(codecOf(codec()).encode(normal, shape)) / normal.length).toBe(bytes);
  });

  it.each(builtInCodecs)('$id stores what came back from it as what it came from', (definition) => {
    const codec = codecOf({ definition, options: validateOptions(definition.schema, {}, []) });
    const numbers = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 6, maxLength: 6 });
    const scaled = fc.tuple(numbers, fc.integer({ min: -30, max: 4 }));
    fc.assert(
      fc.property(
        fc.oneof(
          numbers,
          scaled.map(([each, power]) => each.map((value) => Math.fround((value % 1) * 2 ** power))),
        ),
        (given) => {
          const once = codec.decode(codec.encode(Float32Array.from(given), [2, 3]), [2, 3]);
          expect(once.every(Number.isFinite)).toBe(true);
          expect(codec.decode(codec.encode(once, [2, 3]), [2, 3])).toEqual(once);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('of a few bits lie as the format says', () => {
    // levels -1.5, -0.5, 0.5 and 1.5, in scales
    const { codes, scales } = codecOf(int2()).encode(Float32Array.of(-3, -1, 1, 3, 0, 0, 0, 0), [2, 4]);
    expect(codes).toEqual({ shape: [2], values: Uint8Array.of(0b11100100, 0) });
    expect(scales).toEqual({ shape: [2], values: Uint16Array.of(0x4000, 0) });
  });

  it('cut the largest of a row where that helps the others', () => {
    const row = Float32Array.of(-1, -1, 1, 1, -1, 1, -1, 1.9);
    const codec = codecOf(int2());
    const back = codec.decode(codec.encode(row, [1, 8]), [1, 8]);
    expect(back[7]).toBeLessThan(1.6);
  });

  it.each([float16, int8, int4])('%# refuse numbers that are not finite', async (codec) => {
    const encode = (): unknown => codecOf(codec()).encode(Float32Array.of(1, Number.NaN), [1, 2]);
    expect(await errorOf(encode)).toMatchObject({ code: 'FARZI_NON_FINITE', message: 'Number 1 of those to be stored is NaN.' });
  });
});

describe('the entropy codec', () => {
  const importance = Float32Array.from({ length: 16 }, (_, at) => 2 ** -at);
  const encode = (step: number): StoredParts => codecOf(entropy({ step })).encode(normal, shape, importance);
  const bytesOfCodes = (step: number): number => encode(step)['values']?.values.length ?? 0;

  it('rounds each column by what its errors count', () => {
    const codec = codecOf(entropy({ step: 0.5 }));
    const back = codec.decode(encode(0.5), shape);
    for (let column = 0; column < 16; column++) {
      const errors = Array.from({ length: 64 }, (_, row) => Math.abs((back[row * 16 + column] ?? 0) - (normal[row * 16 + column] ?? 0)));
      const counts = importance[column] ?? 0;
      expect(Math.max(...errors) * counts).toBeLessThanOrEqual(0.3);
      // rounded to nothing where it counts for next to nothing, and by the step elsewhere
      if (column < 2) expect(Math.max(...errors) * counts).toBeGreaterThan(0.2);
      else if (column > 4) expect(Math.max(...errors)).toBeGreaterThan(1);
    }
  });

  it('takes what the numbers hold, and a byte of each column', () => {
    // the first three columns alone are more than nothing, and have less than 4 bits
    expect(bytesOfCodes(0.5)).toBeLessThan(16 + 3 * 64 * (4 / 8));
    expect(bytesOfCodes(0.25)).toBeGreaterThan(bytesOfCodes(0.5));
  });

  it('takes as many bytes less as its slope says, about, when numbers shrink', () => {
    const codec = codecOf(entropy({ step: 0.1 }));
    const bytes = (values: Float32Array): number => bytesOf(codec.encode(values, shape, importance));
    const slope = codec.slope?.(normal, shape, importance) as Float32Array;
    // the same share of every number
    const shrunk = normal.map((value) => 0.8 * value);
    const promised = slope.reduce((sum, each, at) => sum + each * 0.2 * (normal[at] ?? 0), 0);
    expect(bytes(normal) - bytes(shrunk)).toBeGreaterThan(0.5 * promised);
    expect(bytes(normal) - bytes(shrunk)).toBeLessThan(2 * promised);
    expect(slope.every((each, at) => each * (normal[at] ?? 0) >= 0)).toBe(true);
    // nothing is saved where there is nothing
    expect(codec.slope?.(new Float32Array(4), [2, 2])).toEqual(new Float32Array(4));
  });

  it('keeps numbers that are far larger than a step, as near as it can', () => {
    const codec = codecOf(entropy({ step: 0.001 }));
    const large = Float32Array.of(1e6, 1, -1e6, 3);
    const back = codec.decode(codec.encode(large, [2, 2], Float32Array.of(1, 1)), [2, 2]);
    expect(Math.abs((back[0] ?? 0) / 1e6 - 1)).toBeLessThan(0.001);
    expect([back[1], back[3]]).toEqual([1, 3].map((value) => expect.closeTo(value, 3) as number));
  });

  it.each([
    ['cut', (codes: Uint8Array) => codes.subarray(0, codes.length / 2), /^The bytes end in column \d+ of 16\.$/],
    ['cut at the beginning', (codes: Uint8Array) => codes.subarray(0, 2), /^The bytes end in column 0 of 16\.$/],
    ['longer', (codes: Uint8Array) => Uint8Array.of(...codes, 0, 0, 0, 0), /^There are more bytes than its numbers take\.$/],
    [
      'of another number of rows',
      (codes: Uint8Array) => codes.map((byte, at) => (at === 0 ? byte ^ 0x20 : byte)),
      /^There are \d+ rows, and not 64\.$/,
    ],
  ])('refuses codes that are %s', async (_what, change, message) => {
    const changed = change(encode(0.1)['values']?.values as Uint8Array);
    const parts: StoredParts = { values: { shape: [changed.length], values: changed } };
    expect(await errorOf(() => codecOf(entropy()).decode(parts, shape))).toMatchObject({
      code: 'FARZI_SAFETENSORS',
      message: expect.stringMatching(message) as string,
    });
  });
});
