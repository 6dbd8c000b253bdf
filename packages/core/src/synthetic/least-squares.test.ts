import fc from 'fast-check';
import { Matrix } from 'ml-matrix';
import { expect, it } from 'vitest';
import { choleskyOf, gramOf, solvedBy } from './least-squares.js';

const matrices = fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 0, max: 9 })).chain(([fours, count]) => {
  const size = 4 * fours * count;
  return fc.record({
    columns: fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: size, maxLength: size }),
    ...{ width: fc.constant(4 * fours), count: fc.constant(count) },
  });
});

it('multiplies columns with each other, and solves what they say', () => {
  fc.assert(
    fc.property(matrices, ({ columns, width, count }) => {
      const gram = Matrix.from1DArray(width, width, gramOf(Float64Array.from(columns), width, count));
      const right = Float64Array.from({ length: width }, (_, at) => Math.cos(at));
      if (count > 0) {
        const matrix = Matrix.from1DArray(width, count, columns);
        expect(Matrix.sub(gram, matrix.mmul(matrix.transpose())).norm()).toBeLessThan(1e-9);
      } else expect(gram.norm()).toBe(0);
      const definite = Matrix.add(gram, Matrix.eye(width, width).mul(0.1));
      const root = choleskyOf(Float64Array.from(definite.to1DArray()), width);
      const lower = Matrix.from1DArray(width, width, root);
      expect(Matrix.sub(lower.mmul(lower.transpose()), definite).norm()).toBeLessThan(1e-9);
      expect(root.every((each, at) => at % width <= Math.floor(at / width) || each === 0)).toBe(true);
      const solution = solvedBy(root, right);
      expect(
        definite
          .mmul(Matrix.columnVector([...solution]))
          .sub(Matrix.columnVector([...right]))
          .norm(),
      ).toBeLessThan(1e-7);
    }),
  );
});
