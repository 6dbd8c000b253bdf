import fc from 'fast-check';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { roundedTogether } from './rounded-together.js';

const SIZE = 4;
const numbers = (length: number) => fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: length, maxLength: length });
/** AᵀA and a little of everything. */
const curvatures = numbers(SIZE * SIZE).map((values) => {
  const root = Matrix.from1DArray(SIZE, SIZE, values);
  return root.transpose().mmul(root).add(Matrix.eye(SIZE, SIZE).mul(0.01));
});

const costOf = (curvature: Matrix, error: readonly number[]): number => {
  const column = Matrix.columnVector([...error]);
  return column.transpose().mmul(curvature).mmul(column).get(0, 0);
};

describe('roundedTogether', () => {
  it('rounds each number alone where errors do not add up', () => {
    const aim = { values: Float64Array.of(0.4, -1.6), curvature: Float64Array.of(2, 0, 0, 3) };
    expect(roundedTogether(aim, Math.round)).toEqual(Float64Array.of(0, -2));
  });

  it('lets one number make up for another', () => {
    // what counts is the sum of both
    const aim = { values: Float64Array.of(0.4, 0.4), curvature: Float64Array.of(1.01, 1, 1, 1.01) };
    expect(roundedTogether(aim, Math.round)).toEqual(Float64Array.of(1, 0));
  });

  it('costs no more than half a step in each direction of its own', () => {
    fc.assert(
      fc.property(curvatures, numbers(SIZE), (curvature, values) => {
        const rounded = roundedTogether(
          { values: Float64Array.from(values), curvature: Float64Array.from(curvature.to1DArray()) },
          Math.round,
        );
        const lower = new CholeskyDecomposition(curvature).lowerTriangularMatrix;
        const most = lower.diagonal().reduce((sum, each) => sum + (each / 2) ** 2, 0);
        expect(
          costOf(
            curvature,
            values.map((value, at) => (rounded[at] as number) - value),
          ),
        ).toBeLessThanOrEqual(most * (1 + 1e-9));
        expect(rounded.every(Number.isInteger)).toBe(true);
      }),
    );
  });
});
