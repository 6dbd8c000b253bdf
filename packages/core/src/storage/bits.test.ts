import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { bitsOfIds, packBits, packedBytes, unpackBits } from './bits.js';

describe('packed bits', () => {
  it('give back the numbers, whatever their number of bits', () => {
    const numbers = fc
      .integer({ min: 1, max: 31 })
      .chain((bits) => fc.tuple(fc.constant(bits), fc.array(fc.nat(2 ** bits - 1), { maxLength: 40 })));
    fc.assert(
      fc.property(numbers, ([bits, given]) => {
        const packed = packBits(given, bits);
        expect(packed).toHaveLength(packedBytes(given.length, bits));
        expect([...unpackBits(packed, bits, given.length)]).toEqual(given);
      }),
    );
  });

  it('lie as the format says, the lowest bit first', () => {
    expect([...packBits([1, 2, 3], 4)]).toEqual([0x21, 0x03]);
    expect([...packBits([5, 6, 7], 3)]).toEqual([0b11110101, 0b1]);
    expect([...packBits([0x123], 12)]).toEqual([0x23, 0x01]);
  });

  it('are refused with bytes too few or too many, and with bits behind the last number', async () => {
    const unpack = (bytes: readonly number[]): Promise<unknown> => errorOf(() => unpackBits(Uint8Array.from(bytes), 3, 3));
    expect(await unpack([1])).toMatchObject({
      code: 'FARZI_SAFETENSORS',
      message: 'There are 1 bytes where 3 numbers of 3 bits take 2.',
    });
    expect(await unpack([1, 1, 1])).toMatchObject({ code: 'FARZI_SAFETENSORS' });
    expect(await unpack([0, 2])).toMatchObject({
      code: 'FARZI_SAFETENSORS',
      message: 'Bits are set behind the last of 3 numbers of 3 bits.',
    });
  });

  it('are as many as the ids of a vocabulary need', () => {
    expect([1, 2, 3, 4, 5, 1682, 65536, 65537].map(bitsOfIds)).toEqual([1, 1, 2, 2, 3, 11, 16, 17]);
  });
});
