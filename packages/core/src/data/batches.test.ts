import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../random/stream.js';
import { realBatch } from './batches.js';

/** Sequence s holds 100 s, 100 s + 1, ...: every token says where it comes from. */
const numbered = (lengths: readonly number[]): Int32Array[] =>
  lengths.map((length, sequence) => Int32Array.from({ length }, (_, at) => 100 * sequence + at));

describe('realBatch', () => {
  it('holds windows of sequences with targets one ahead, padded on the right', () => {
    const lengthsOf = fc.array(fc.integer({ min: 2, max: 12 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        lengthsOf,
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(),
        (lengths, batchSize, length, seed) => {
          const sequences = numbered(lengths);
          const { inputs, targets, weights } = realBatch(sequences, { batchSize, length }, new RandomStream(seed));
          const drawn: number[] = [];
          for (let row = 0; row < batchSize; row++) {
            const [ids, next, mask] = [inputs, targets, weights].map((values) => [...values.slice(row * length, (row + 1) * length)]);
            const count = (mask ?? []).filter((weight) => weight === 1).length;
            expect(mask).toEqual(Array.from({ length }, (_, at) => Number(at < count)));
            const first = ids?.[0] ?? -1;
            const sequence = sequences[Math.floor(first / 100)] ?? new Int32Array();
            drawn.push(Math.floor(first / 100));
            expect(count).toBe(Math.min(length, sequence.length - 1));
            const from = first % 100;
            expect(ids?.slice(0, count)).toEqual([...sequence.slice(from, from + count)]);
            expect(next?.slice(0, count)).toEqual([...sequence.slice(from + 1, from + 1 + count)]);
            expect([...(ids ?? []).slice(count), ...(next ?? []).slice(count)].every((padding) => padding === 0)).toBe(true);
          }
          expect(new Set(drawn).size).toBe(Math.min(batchSize, sequences.length));
        },
      ),
    );
  });

  it('draws every window of a long sequence', () => {
    const stream = new RandomStream(1, 'windows');
    const starts = Array.from({ length: 200 }, () => realBatch(numbered([7]), { batchSize: 1, length: 4 }, stream)['inputs']?.[0]);
    expect(new Set(starts)).toEqual(new Set([0, 1, 2]));
  });

  it('is the same for the same stream', () => {
    const draw = (seed: number) => realBatch(numbered([9, 9, 9, 9]), { batchSize: 2, length: 3 }, new RandomStream(seed));
    expect(draw(4)).toEqual(draw(4));
    expect(draw(4)).not.toEqual(draw(5));
  });
});
