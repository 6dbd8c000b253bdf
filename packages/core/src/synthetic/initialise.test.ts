import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import { product, rowsOf, softmax, transposed } from '../../test/plain.js';
import { RandomStream } from '../random/stream.js';
import { distributionAt } from './hard.js';
import { type TeacherFactors, teacherSynthetic } from './factorisation.js';
import { randomSynthetic } from './random.js';
import { sequenceWindows } from './windows.js';
import { latentPositions, type SyntheticShape } from './synthetic.js';

const stream = new RandomStream(13, 'initialise');
const shape = (changes: Partial<SyntheticShape> = {}): SyntheticShape => ({
  sequences: 3,
  length: 4,
  rank: 6,
  vocabularySize: 12,
  temperature: 1,
  inputs: 'hard',
  ...changes,
});
const numbered = (lengths: readonly number[]): Int32Array[] =>
  lengths.map((length, sequence) => Int32Array.from({ length }, (_, at) => 100 * sequence + at));

describe('sequenceWindows', () => {
  const windows = (lengths: readonly number[], sequences: number, length: number) =>
    sequenceWindows(numbered(lengths), { sequences, length }, new RandomStream(3, 'windows'));

  it('prefers sequences that fill the length, then the longest', () => {
    const { ids, weights } = windows([2, 9, 5, 3, 8, 4], 6, 4);
    const origins = rowsOf(ids, 4).map(([first]) => Math.floor((first ?? 0) / 100));
    expect(origins.slice(0, 3).sort()).toEqual([1, 2, 4]);
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

describe('randomSynthetic', () => {
  it.each([0.5, 1, 2])('starts with logits of standard deviation near 1 at temperature %d', (temperature) => {
    const given = shape({ sequences: 40, length: 10, rank: 8, vocabularySize: 300, temperature, inputs: 'soft' });
    const windows = { ids: new Int32Array(400), weights: new Float32Array(400) };
    const { latents, decoder, weights, ids } = randomSynthetic(given, windows, stream);
    const logits = product(rowsOf(latents, 8).slice(0, 200), rowsOf(decoder, 300)).flat();
    const deviation = Math.sqrt(logits.reduce((sum, value) => sum + (value / temperature) ** 2, 0) / logits.length);
    expect(Math.abs(deviation - 1)).toBeLessThan(0.1);
    expect(latents).toHaveLength(40 * 11 * 8);
    expect(weights.every((weight) => weight === 1)).toBe(true);
    expect(ids).toBeUndefined();
  });

  it('keeps the windows of hard inputs', () => {
    const windows = sequenceWindows(numbered([3, 9, 9]), shape(), stream.child('hard'));
    const data = randomSynthetic(shape(), windows, stream);
    expect(data.ids).toEqual(windows.ids);
    expect(data.weights).toEqual(windows.weights);
    expect(data.latents).toHaveLength(3 * 4 * 6);
  });
});

describe('teacherSynthetic', () => {
  const width = 6;
  const rows = 3 * 4;
  const windows = { ids: Int32Array.from({ length: rows }, (_, index) => index % 12), weights: new Float32Array(rows).fill(1) };
  // directions of different importance, and items far from the origin: what a rank below the width can leave out
  const draw = (count: number, child: string): Float32Array =>
    stream
      .child(child)
      .normal(count * width)
      .map((value, index) => value * 0.6 ** (index % width));
  const factors: TeacherFactors = { hidden: draw(rows, 'hidden'), table: draw(12, 'table').map((value) => value + 0.7), width };
  const logits = product(rowsOf(factors.hidden, width), transposed(rowsOf(factors.table, width)));
  const centred = (row: readonly number[]): number[] => row.map((value) => value - row.reduce((a, b) => a + b, 0) / row.length);

  it.each([
    [6, 1],
    [9, 1],
    [6, 0.5],
  ])('at rank %i and temperature %d says exactly what the teacher says', (rank, temperature) => {
    const data = teacherSynthetic(shape({ rank, temperature }), windows, factors);
    expect(data.latents).toHaveLength(rows * rank);
    expect(data.decoder).toHaveLength(rank * 12);
    expect(data.ids).toEqual(windows.ids);
    logits.forEach((row, index) => {
      expectAllClose(distributionAt(data, Math.floor(index / 4), index % 4), softmax(row), 1e-6);
    });
  });

  it('comes closer to the teacher with every rank, and as close as its rank allows', () => {
    const errors = [1, 2, 3, 4, 5, 6].map((rank) => {
      const { latents, decoder } = teacherSynthetic(shape({ rank, temperature: 2 }), windows, factors);
      const given = product(rowsOf(latents, rank), rowsOf(decoder, 12));
      const difference = given.flatMap((row, at) =>
        centred(row).map((value, token) => value / 2 - (centred(logits[at] ?? [])[token] ?? 0)),
      );
      return Math.sqrt(difference.reduce((sum, value) => sum + value * value, 0));
    });
    errors.slice(1).forEach((error, index) => expect(error).toBeLessThan(errors[index] ?? 0));
    expect(errors.at(-1)).toBeLessThan(1e-4);
    // no approximation of rank 1 leaves less than the other singular values: the best one, by power iteration, leaves just as much
    const matrix = logits.map(centred);
    let right = Array.from({ length: 12 }, (_, index) => Math.sin(index + 1));
    for (let round = 0; round < 300; round++) {
      const left = matrix.map((row) => row.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0));
      right = right.map((_, at) => matrix.reduce((sum, row, index) => sum + (row[at] ?? 0) * (left[index] ?? 0), 0));
      const norm = Math.hypot(...right);
      right = right.map((value) => value / norm);
    }
    const best = Math.hypot(
      ...matrix.flatMap((row) => {
        const along = row.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0);
        return row.map((value, at) => value - along * (right[at] ?? 0));
      }),
    );
    expect(Math.abs((errors[0] ?? 0) / best - 1)).toBeLessThan(1e-3);
  });

  it('has latents of size 1 below full rank', () => {
    const { latents } = teacherSynthetic(shape({ rank: 3 }), windows, factors);
    expect(Math.sqrt(latents.reduce((sum, value) => sum + value * value, 0) / latents.length)).toBeCloseTo(1, 4);
  });

  it('of soft inputs puts the mean before each sequence, and the teacher one position later', () => {
    const data = teacherSynthetic(shape({ inputs: 'soft' }), windows, factors);
    expect(latentPositions(data)).toBe(5);
    expect(data.ids).toBeUndefined();
    const mean = Array.from({ length: width }, (_, at) =>
      rowsOf(factors.hidden, width).reduce((sum, row) => sum + (row[at] ?? 0) / rows, 0),
    );
    const positions = rowsOf(data.latents, 6);
    for (const sequence of [0, 1, 2]) {
      expectAllClose(positions[sequence * 5] ?? [], mean, 1e-5);
      expectAllClose(distributionAt(data, sequence, 1), softmax(logits[sequence * 4] ?? []), 1e-6);
    }
  });

  it('survives a teacher whose hidden states are all zero', () => {
    const { latents, decoder } = teacherSynthetic(shape({ rank: 2 }), windows, { ...factors, hidden: new Float32Array(rows * width) });
    expect([...latents, ...decoder].every(Number.isFinite)).toBe(true);
  });
});
