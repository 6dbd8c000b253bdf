import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../random/stream.js';
import { BitContext, BitReader, BitWriter } from './range-coder.js';

/** Which context a bit has, and the bit. */
type Coded = readonly [context: number, bit: number];

const UNKNOWN = 0;

function written(bits: readonly Coded[]): Uint8Array {
  const contexts = [undefined, new BitContext(), new BitContext()];
  const writer = new BitWriter();
  for (const [context, bit] of bits) writer.write(bit, contexts[context]);
  return writer.finish();
}

function read(bytes: Uint8Array, contexts: readonly number[]): { readonly bits: number[]; readonly reader: BitReader } {
  const known = [undefined, new BitContext(), new BitContext()];
  const reader = new BitReader(bytes);
  return { bits: contexts.map((context) => reader.read(known[context])), reader };
}

describe('the range coder', () => {
  it('reads what it wrote, to the end and no further', () => {
    const coded = fc.array(fc.tuple(fc.nat(2), fc.nat(1)), { maxLength: 400 });
    const skewed = fc.array(
      fc.tuple(
        fc.constant(1),
        fc.nat(40).map((each) => (each === 0 ? 1 : 0)),
      ),
      { maxLength: 3000 },
    );
    fc.assert(
      fc.property(fc.oneof(coded, skewed), (bits) => {
        const bytes = written(bits);
        const { bits: back, reader } = read(
          bytes,
          bits.map(([context]) => context),
        );
        expect(back).toEqual(bits.map(([, bit]) => bit));
        expect([reader.isBeforeEnd, reader.isBehindEnd]).toEqual([false, false]);
      }),
      { numRuns: 300 },
    );
  });

  it.each([0.5, 0.1, 0.01])('takes not much more than the entropy of bits that are set with probability %d', (probability) => {
    const stream = new RandomStream(1, 'bits');
    const bits = Array.from({ length: 20_000 }, (): Coded => [1, stream.uniform() < probability ? 1 : 0]);
    const set = bits.reduce((sum, [, bit]) => sum + bit, 0) / bits.length;
    const entropy = -(set * Math.log2(set) + (1 - set) * Math.log2(1 - set)) * bits.length;
    expect(written(bits).length * 8).toBeLessThan(entropy * 1.2 + 32);
    expect(written(bits).length * 8).toBeGreaterThan(entropy * 0.99);
  });

  it('takes a bit for a bit of which nothing is known', () => {
    const bits = Array.from({ length: 8000 }, (_, at): Coded => [UNKNOWN, at % 2]);
    expect(written(bits).length - 1000).toBeLessThanOrEqual(1);
  });

  it('is behind the end where more is read than was written', () => {
    const bytes = written([[UNKNOWN, 1]]);
    expect(read(bytes, new Array<number>(40).fill(UNKNOWN)).reader.isBehindEnd).toBe(true);
  });
});
