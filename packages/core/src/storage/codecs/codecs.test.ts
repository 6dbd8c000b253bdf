import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../../test/allclose.js';
import { RandomStream } from '../../random/stream.js';
import { codecOf, type StoredParts } from '../codec.js';
import { builtInCodecs, float16, int2, int3, int4, int8 } from './index.js';

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
    const codec = codecOf({ definition, options: {} });
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
