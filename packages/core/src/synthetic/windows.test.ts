import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../test/plain.js';
import { RandomStream } from '../random/stream.js';
import { sequenceWindows } from './windows.js';

const numbered = (lengths: readonly number[]): Int32Array[] =>
  lengths.map((length, sequence) => Int32Array.from({ length }, (_, at) => 100 * sequence + at));

describe('sequenceWindows', () => {
  const windows = (lengths: readonly number[], sequences: number, length: number) =>
    sequenceWindows(numbered(lengths), { sequences, length }, new RandomStream(3, 'windows'));

  it('prefers sequences that fill the length, then the longest', () => {
    const { ids, weights } = windows([2, 9, 5, 3, 8, 4], 6, 4);
    const origins = rowsOf(ids, 4).map(([first]) => Math.floor((first ?? 0) / 100));
    expect(origins.slice(0, 3).sort((a, b) => a - b)).toEqual([1, 2, 4]);
    expect(origins.slice(3)).toEqual([5, 3, 0]);
    expect(rowsOf(weights, 4)).toEqual([
      [1, 1, 1, 1],
      [1, 1, 1, 1],
      [1, 1, 1, 1],
      [1, 1, 1, 0],
      [1, 1, 0, 0],
      [1, 0, 0, 0],
    ]);
    expect(rowsOf(ids, 4).slice(3)).toEqual([
      [500, 501, 502, 503],
      [300, 301, 302, 0],
      [0, 1, 0, 0],
    ]);
  });

  it('cuts windows that leave a token to predict', () => {
    for (const row of rowsOf(windows([9, 9, 9, 9, 9], 5, 4).ids, 4)) {
      const from = (row[0] ?? 0) % 100;
      expect(row).toEqual([0, 1, 2, 3].map((at) => (row[0] ?? 0) + at));
      expect(from + 4).toBeLessThanOrEqual(8);
    }
  });

  it('takes sequences again when there are too few', () => {
    const { ids } = windows([6, 7], 4, 3);
    expect(new Set(rowsOf(ids, 3).map(([first]) => Math.floor((first ?? 0) / 100)))).toEqual(new Set([0, 1]));
  });
});
