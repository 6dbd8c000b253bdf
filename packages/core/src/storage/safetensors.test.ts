import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { decodeSafetensors, encodeSafetensors, type SavedTensors } from './safetensors.js';

const example: SavedTensors = {
  weights: { shape: [2, 2], values: Float32Array.of(1, -2, 3.5, Number.NaN) },
  ids: { shape: [3], values: Int32Array.of(1, -2, 2 ** 31 - 1) },
  scalar: { shape: [], values: Float32Array.of(7) },
  empty: { shape: [0, 4], values: new Float32Array() },
};
const bytes = encodeSafetensors(example, { state: '{"step":3}' });

/** A file with a header of our choice and some bytes of data. */
function file(header: unknown, dataBytes: number, headerLength?: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const result = new Uint8Array(8 + json.length + dataBytes);
  new DataView(result.buffer).setBigUint64(0, BigInt(headerLength ?? json.length), true);
  result.set(json, 8);
  return result;
}
const entry = (from: number, to: number, shape: readonly number[] = [(to - from) / 4], dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [from, to],
});
const refusal = (given: Uint8Array): Promise<unknown> => errorOf(() => decodeSafetensors(given, 'data.safetensors'));

describe('safetensors', () => {
  it('decode to what was encoded, for any tensors', () => {
    const shape = fc.array(fc.nat(4), { maxLength: 3 });
    const tensor = fc.tuple(shape, fc.boolean(), fc.nat()).map(([dims, floats, seed]) => {
      const size = dims.reduce((a, b) => a * b, 1);
      const values = floats
        ? Float32Array.from({ length: size }, (_, i) => Math.sin(seed + i))
        : Int32Array.from({ length: size }, (_, i) => seed - i);
      return { shape: dims, values };
    });
    // names become keys of a JSON object
    const name = fc.string({ maxLength: 8, unit: 'grapheme' }).filter((each) => !['__proto__', '__metadata__'].includes(each));
    const tensors = fc.dictionary(name, tensor, { maxKeys: 5, noNullPrototype: true });
    const metadata = fc.dictionary(name, fc.string(), { maxKeys: 3, noNullPrototype: true });
    fc.assert(
      fc.property(tensors, metadata, (given, meta) => {
        const decoded = decodeSafetensors(encodeSafetensors(given, meta), 'memory');
        expect(decoded).toEqual({ tensors: given, metadata: meta });
      }),
      { numRuns: 100 },
    );
  });

  it('lie as the format says: length, JSON header padded to 8 bytes, data in the order of names', () => {
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, unknown>;
    expect(header).toEqual({
      __metadata__: { state: '{"step":3}' },
      empty: { dtype: 'F32', shape: [0, 4], data_offsets: [0, 0] },
      ids: { dtype: 'I32', shape: [3], data_offsets: [0, 12] },
      scalar: { dtype: 'F32', shape: [], data_offsets: [12, 16] },
      weights: { dtype: 'F32', shape: [2, 2], data_offsets: [16, 32] },
    });
    expect(bytes).toHaveLength(8 + length + 32);
    expect(encodeSafetensors(Object.fromEntries(Object.entries(example).reverse()), { state: '{"step":3}' })).toEqual(bytes);
  });

  it('decode from the middle of a larger buffer, into memory of their own', () => {
    const padded = Buffer.concat([Buffer.alloc(5), bytes, Buffer.alloc(3)]).subarray(5, 5 + bytes.length);
    const { tensors } = decodeSafetensors(padded, 'buffer');
    expect(tensors).toEqual(example);
    expect(tensors['ids']?.values.buffer.byteLength).toBe(12);
  });
});

describe('a file that is not whole', () => {
  it('is refused when it is cut anywhere, or longer than it says', async () => {
    for (let length = 0; length < bytes.length; length++)
      expect(await refusal(bytes.subarray(0, length))).toMatchObject({ code: 'FARZI_SAFETENSORS' });
    expect(await refusal(Buffer.concat([bytes, Buffer.alloc(4)]))).toMatchObject({
      code: 'FARZI_SAFETENSORS',
      message: 'data.safetensors: Its tensors cover 32 of 36 bytes.',
      hint: 'The file is truncated or was altered. Make it again, or fetch it again from where it came.',
    });
  });

  it('is refused or decoded, never anything else, whatever byte is altered', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const altered = Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ by : byte));
        try {
          const { tensors, metadata } = decodeSafetensors(altered, 'altered');
          for (const { shape, values } of Object.values(tensors)) expect(values).toHaveLength(shape.reduce((a, b) => a * b, 1));
          expect(Object.values(metadata).every((value) => typeof value === 'string')).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: 'FARZI_SAFETENSORS' });
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, Uint8Array, string]>([
    ['a header longer than the file', file({}, 0, 50), 'The header should have 50 bytes, and the file has 10'],
    ['an absurd header length', file({}, 0, 2 ** 53), 'The header should have 9007199254740992 bytes, and the file has 10'],
    ['a header that is not JSON', file('{"a": ', 0), 'The header is not a JSON object'],
    ['a header that is a list', file([], 0), 'The header is not a JSON object'],
    ['a header that is null', file('null', 0), 'The header is not a JSON object'],
    ['metadata that are no strings', file({ __metadata__: { state: 3 } }, 0), 'Its metadata are not strings'],
    ['metadata that are null', file({ __metadata__: null }, 0), 'Its metadata are not strings'],
    ['an entry that is null', file({ a: null }, 0), 'The tensor a has the element type undefined; known are F32, I32, U8, F16'],
    ['another element type', file({ a: entry(0, 4, [1], 'F64') }, 4), 'The tensor a has the element type F64; known are F32, I32, U8, F16'],
    ['a shape that is no list', file({ a: { ...entry(0, 4), shape: 4 } }, 4), 'The tensor a has a malformed shape or offsets'],
    ['a negative size', file({ a: entry(0, 4, [-1]) }, 4), 'The tensor a has a malformed shape or offsets'],
    ['a fractional offset', file({ a: entry(0.5, 4.5, [1]) }, 4), 'The tensor a has a malformed shape or offsets'],
    ['one offset', file({ a: { ...entry(0, 4), data_offsets: [0] } }, 4), 'The tensor a has a malformed shape or offsets'],
    ['a tensor beyond the end', file({ a: entry(0, 8) }, 4), 'The tensor a lies at bytes 0 to 8 of 4'],
    ['offsets the wrong way round', file({ a: entry(4, 0, [0]) }, 4), 'The tensor a lies at bytes 4 to 0 of 4'],
    ['a shape of another size', file({ a: entry(0, 8, [3]) }, 8), 'The tensor a of shape [3] has 8 bytes, not 12'],
    ['overlapping tensors', file({ a: entry(0, 8), b: entry(4, 12) }, 12), 'Its tensors overlap at byte 4'],
    ['a gap', file({ a: entry(0, 4), b: entry(8, 12) }, 12), 'Its tensors leave a gap at byte 4'],
    ['no tensors but data', file({}, 4), 'Its tensors cover 0 of 4 bytes'],
    ['nothing', new Uint8Array(3), 'Its 3 bytes are too few for a header length'],
  ])('is refused: %s', async (_name, given, message) => {
    expect(await refusal(given)).toMatchObject({ code: 'FARZI_SAFETENSORS', message: `data.safetensors: ${message}.` });
  });
});
