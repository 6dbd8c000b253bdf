import fc from 'fast-check';
import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { roundedTogether } from './rounded-together.js';

const SIZE = 4;
const numbers = (length: number) => fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: length, maxLength: length });
/** Lower triangular, with a positive diagonal. */
const roots = numbers(SIZE * SIZE).map((values) =>
  Matrix.from1DArray(
    SIZE,
    SIZE,
    values.map((value, at) => (at % SIZE > Math.floor(at / SIZE) ? 0 : at % (SIZE + 1) === 0 ? Math.abs(value) + 0.1 : value)),
  ),
);

describe('roundedTogether', () => {
  it('rounds each number alone where errors do not add up', () => {
    const aim = { values: Float64Array.of(0.4, -1.6), root: Float64Array.of(2, 0, 0, 3) };
    expect(roundedTogether(aim, Math.round)).toEqual(Float64Array.of(0, -2));
  });

  it('lets one number make up for another', () => {
    // what counts is the sum of both
    const aim = { values: Float64Array.of(0.4, 0.4), root: Float64Array.of(1, 0, 1, 0.1) };
    expect(roundedTogether(aim, Math.round)).toEqual(Float64Array.of(1, 0));
  });

  it('costs no more than half a step in each direction of its own', () => {
    fc.assert(
      fc.property(roots, numbers(SIZE), (root, values) => {
        const rounded = roundedTogether({ values: Float64Array.from(values), root: Float64Array.from(root.to1DArray()) }, Math.round);
        const error = Matrix.columnVector(values.map((value, at) => (rounded[at] as number) - value));
        const most = root.diagonal().reduce((sum, each) => sum + (each / 2) ** 2, 0);
        expect(root.transpose().mmul(error).norm() ** 2).toBeLessThanOrEqual(most * (1 + 1e-9));
        expect(rounded.every(Number.isInteger)).toBe(true);
      }),
    );
  });
});
