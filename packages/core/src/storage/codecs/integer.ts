import { type Configurable, configurable } from '../../options/configured.js';
import { noOptions } from '../../options/schema.js';
import { packBits, packedBytes, unpackBits } from '../bits.js';
import { type CodecDefinition, storedPart, type StorageCodec, type StoredParts } from '../codec.js';
import { fromHalf, toHalfBelow } from '../half.js';
import { requireFinite } from './finite.js';

/** Names of the two parts. */
const CODES = 'codes';
const SCALES = 'scales';

/**
 * How much finer a row's levels may be than those that reach its largest number, which is then cut to the outermost
 * level: with few bits most numbers gain more by it than the largest ones lose.
 */
const FINER = [1, 1.07, 1.14, 1.21, 1.29, 1.38, 1.48, 1.58, 1.69, 1.81, 1.93];

/** Numbers of a row, whose length is the last axis. */
const rowsOf = (shape: readonly number[]): { readonly length: number; readonly shape: readonly number[] } => ({
  length: shape.at(-1) ?? 1,
  shape: shape.slice(0, -1),
});

/**
 * A codec of `bits` bits for each number, and a float16 scale for each row of the last axis: the code `c` stands for
 * `(c - (2 ** bits - 1) / 2) · scale`, levels at equal distances and the same on both sides of zero. Of some scales, a
 * row has the one with the least squared error.
 */
class IntegerCodec implements StorageCodec {
  /** The outermost level, in scales. */
  readonly #outermost: number;

  constructor(private readonly bits: number) {
    this.#outermost = (2 ** bits - 1) / 2;
  }

  encode(values: Float32Array, shape: readonly number[]): StoredParts {
    requireFinite(values);
    const { length, shape: rows } = rowsOf(shape);
    const scales = new Uint16Array(values.length / length);
    const codes = new Uint8Array(values.length);
    for (let row = 0; row < scales.length; row++) {
      const numbers = values.subarray(row * length, (row + 1) * length);
      const bits = this.#bestScale(numbers);
      const scale = fromHalf(bits);
      scales[row] = bits;
      for (let place = 0; place < length; place++) codes[row * length + place] = this.#code(numbers[place] as number, scale);
    }
    return {
      [CODES]: { shape: [packedBytes(values.length, this.bits)], values: packBits(codes, this.bits) },
      [SCALES]: { shape: rows, values: scales },
    };
  }

  decode(parts: StoredParts, shape: readonly number[]): Float32Array {
    const { length, shape: rows } = rowsOf(shape);
    const scales = storedPart(parts, SCALES, Uint16Array, rows);
    const count = scales.length * length;
    const codes = unpackBits(storedPart(parts, CODES, Uint8Array, [packedBytes(count, this.bits)]), this.bits, count);
    const values = new Float32Array(count);
    scales.forEach((bits, row) => {
      const scale = fromHalf(bits);
      if (scale === 0) return;
      for (let place = row * length; place < (row + 1) * length; place++)
        values[place] = ((codes[place] as number) - this.#outermost) * scale;
    });
    return values;
  }

  /** The code whose level is nearest: 0 for a row of zeros, whose scale is 0. */
  #code(value: number, scale: number): number {
    if (scale === 0) return 0;
    const outermost = this.#outermost;
    return Math.max(0, Math.min(2 * outermost, Math.round(value / scale + outermost)));
  }

  /** Bits of the scale with the least squared error. No scale is so coarse that the outermost level stays unused. */
  #bestScale(numbers: Float32Array): number {
    let largest = 0;
    for (const value of numbers) largest = Math.max(largest, Math.abs(value));
    let best = 0;
    let least = Infinity;
    for (const finer of FINER) {
      const bits = toHalfBelow(largest / (this.#outermost * finer));
      const error = this.#squaredError(numbers, fromHalf(bits));
      // the coarsest of equals: what came back from storage keeps its scale
      if (error < least) [best, least] = [bits, error];
    }
    return best;
  }

  #squaredError(numbers: Float32Array, scale: number): number {
    let error = 0;
    for (const value of numbers) error += (value - (this.#code(value, scale) - this.#outermost) * scale) ** 2;
    return error;
  }
}

const integer = (bits: number): Configurable<CodecDefinition> =>
  configurable({ id: `int${bits}`, schema: noOptions, create: () => new IntegerCodec(bits) });

/** 256, 16, 8 and 4 levels for each number, and a float16 scale for each position and token. */
export const [int8, int4, int3, int2] = [integer(8), integer(4), integer(3), integer(2)];
