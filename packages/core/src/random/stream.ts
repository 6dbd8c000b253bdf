import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { FarziError } from '../errors.js';
import { startSha256 } from '../platform/hash.js';

/**
 * A named stream of random numbers. What a stream yields depends on its seed and path only, not on what others drew
 * before, so that a run that is resumed draws what it would have drawn.
 */
export class RandomStream {
  readonly #seed: number;
  readonly #path: string;
  readonly #generator: RandomGenerator;

  /**
   * @param path - who draws; see {@link child}
   * @throws FARZI_CONFIG_INVALID for a seed that is no whole number up to 2⁵³ - 1: beyond, different ones become the
   *   same
   */
  constructor(seed: number, path = '') {
    if (!Number.isSafeInteger(seed))
      throw new FarziError('FARZI_CONFIG_INVALID', `A seed must be a whole number up to 2^53 - 1, but it is ${seed}.`, {
        hint: 'Take a smaller number: any will do.',
      });
    this.#seed = seed;
    this.#path = path;
    const hash = startSha256();
    hash.update(`${seed}/${path}`);
    const digest = hash.digest();
    const words = new DataView(digest.buffer, digest.byteOffset);
    this.#generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => words.getInt32(offset, true)));
  }

  /** An independent stream: `stream.child('students', 'full', 3)`. */
  child(...names: readonly (string | number)[]): RandomStream {
    return new RandomStream(this.#seed, [this.#path, ...names].join('/'));
  }

  /** A number in [0, 1). */
  uniform(): number {
    return uniformFloat64(this.#generator);
  }

  /** An integer from 0 to `bound - 1`. */
  integer(bound: number): number {
    return uniformInt(this.#generator, 0, bound - 1);
  }

  /** 32 random bits, as a signed integer. */
  bits(): number {
    return this.#generator.next();
  }

  /** Normal numbers with mean 0, by the Box-Muller transform. */
  normal(size: number, standardDeviation = 1): Float32Array {
    const values = new Float32Array(size);
    for (let index = 0; index < size; index += 2) {
      const radius = standardDeviation * Math.sqrt(-2 * Math.log(1 - this.uniform()));
      const angle = 2 * Math.PI * this.uniform();
      values[index] = radius * Math.cos(angle);
      if (index + 1 < size) values[index + 1] = radius * Math.sin(angle);
    }
    return values;
  }

  /**
   * `count` distinct integers below `bound` in random order (all of them if there are fewer): a shuffle that touches
   * only what it takes.
   */
  distinct(bound: number, count: number): number[] {
    const moved = new Map<number, number>();
    return Array.from({ length: Math.min(count, bound) }, (_, index) => {
      const other = index + this.integer(bound - index);
      const taken = moved.get(other) ?? other;
      moved.set(other, moved.get(index) ?? index);
      return taken;
    });
  }
}
