import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import { product, rowsOf, softmax, transposed } from '../../test/plain.js';
import { RandomStream } from '../random/stream.js';
import { type TeacherFactors, teacherSynthetic } from './factorisation.js';
import { distributionAt } from './hard.js';
import { latentPositions, type SyntheticShape } from './synthetic.js';

const stream = new RandomStream(13, 'initialise');
const shape = (changes: Partial<SyntheticShape> = {}): SyntheticShape => ({
  sequences: 3,
  length: 4,
  rank: 6,
  vocabularySize: 12,
  temperature: 1,
  matchingTemperature: 1,
  inputs: 'hard',
  ...changes,
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
    // no approximation of rank 1 leaves less than the other singular values: the best one, by power iteration, leaves
    // just as much
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

  it.each([3, 6])('has columns as large in the latents as in the decoder at rank %d, the largest first', (rank) => {
    const { latents, decoder } = teacherSynthetic(shape({ rank }), windows, factors);
    const size = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
    const ofLatents = Array.from({ length: rank }, (_, column) => size([...latents].filter((__, at) => at % rank === column)));
    const ofDecoder = rowsOf(decoder, decoder.length / rank).map((row) => size([...row]));
    expectAllClose(ofLatents, ofDecoder, 1e-5);
    expectAllClose(
      ofLatents,
      ofLatents.toSorted((one, other) => other - one),
      1e-6,
    );
  });

  it('of soft inputs puts the mean before each sequence, and the teacher one position later', () => {
    const data = teacherSynthetic(shape({ inputs: 'soft' }), windows, factors);
    expect(latentPositions(data)).toBe(5);
    expect(data.ids).toBeUndefined();
    const { latents } = teacherSynthetic(shape({ inputs: 'hard' }), windows, factors);
    const mean = Array.from({ length: 6 }, (_, at) => rowsOf(latents, 6).reduce((sum, row) => sum + (row[at] ?? 0) / rows, 0));
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
