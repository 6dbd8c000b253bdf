import { FarziError } from '../errors.js';

/** Bytes that `count` numbers of `bits` bits take. */
export const packedBytes = (count: number, bits: number): number => Math.ceil((count * bits) / 8);

/** Bits that every id of a vocabulary fits into: at least one. */
export const bitsOfIds = (vocabularySize: number): number => Math.max(1, Math.ceil(Math.log2(vocabularySize)));

/**
 * Numbers of a few bits each, one after the other: number k has the bits `k · bits` to `k · bits + bits - 1` of the
 * stream, its lowest bit first; bit i of the stream is bit `i % 8` of byte `i / 8`, counted from the lowest. What is
 * left of the last byte is zero.
 *
 * @param numbers - from 0 to `2 ** bits - 1`
 * @param bits - 1 to 31
 */
export function packBits(numbers: ArrayLike<number>, bits: number): Uint8Array {
  const packed = new Uint8Array(packedBytes(numbers.length, bits));
  let bit = 0;
  for (let index = 0; index < numbers.length; index++) {
    let left = numbers[index] as number;
    for (let missing = bits; missing > 0;) {
      const room = 8 - (bit % 8);
      const taken = Math.min(room, missing);
      packed[bit >> 3] = (packed[bit >> 3] as number) | ((left & ((1 << taken) - 1)) << (bit % 8));
      left >>>= taken;
      bit += taken;
      missing -= taken;
    }
  }
  return packed;
}

/**
 * Reads what {@link packBits} wrote.
 *
 * @throws FARZI_SAFETENSORS for another number of bytes, and for bits that are set behind the last number
 */
export function unpackBits(packed: Uint8Array, bits: number, count: number): Int32Array {
  const wanted = packedBytes(count, bits);
  if (packed.length !== wanted)
    throw new FarziError('FARZI_SAFETENSORS', `There are ${packed.length} bytes where ${count} numbers of ${bits} bits take ${wanted}.`);
  const rest = wanted * 8 - count * bits;
  if (rest > 0 && (packed[wanted - 1] as number) >>> (8 - rest) !== 0)
    throw new FarziError('FARZI_SAFETENSORS', `Bits are set behind the last of ${count} numbers of ${bits} bits.`);
  const numbers = new Int32Array(count);
  let bit = 0;
  for (let index = 0; index < count; index++) {
    let number = 0;
    for (let read = 0; read < bits;) {
      const taken = Math.min(8 - (bit % 8), bits - read);
      number |= (((packed[bit >> 3] as number) >>> (bit % 8)) & ((1 << taken) - 1)) << read;
      bit += taken;
      read += taken;
    }
    numbers[index] = number;
  }
  return numbers;
}
