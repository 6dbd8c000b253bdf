import * as e from '../expressions.js';
import type { Attributes, Node } from '../node.js';
import type { Rewrite } from '../rewrite.js';

/** `x` and `s` where a matrix is `x * s` with one factor for each row, `s` of shape `[rows, 1]`. */
function rowScaled(matrix: Node): readonly [x: Node, s: Node] | undefined {
  if (matrix.op !== 'Multiply') return undefined;
  const [p, q] = matrix.inputs as readonly [Node, Node];
  const isColumn = ({ shape }: Node): boolean => shape.length === 2 && shape[0] === matrix.shape[0] && shape[1] === 1;
  if (isColumn(q) && p.shape.join() === matrix.shape.join()) return [p, q];
  return isColumn(p) && q.shape.join() === matrix.shape.join() ? [q, p] : undefined;
}

/**
 * Moves a scale of rows from the larger of two matrices to where fewer numbers are touched: `(s x) b = s (x b)` and `(s
 * x)ᵀ b = xᵀ (s b)`.
 */
function withoutRowScale(a: Node, b: Node, attributes: Attributes): Node | undefined {
  if (a.shape.length !== 2 || b.shape.length !== 2) return undefined;
  const transposeA = attributes['transposeA'] === true;
  const transposeB = attributes['transposeB'] === true;
  const [columnsA, columnsB] = [a.shape[1] as number, b.shape[1] as number];
  const scaledA = rowScaled(a);
  if (scaledA !== undefined) {
    const [x, s] = scaledA;
    const width = transposeB ? (b.shape[0] as number) : columnsB;
    if (!transposeA && width < columnsA) return e.multiply(e.matMul(x, b, false, transposeB), s);
    if (transposeA && !transposeB && columnsB < columnsA) return e.matMul(x, e.multiply(b, s), true, false);
  }
  const scaledB = rowScaled(b);
  if (scaledB !== undefined && transposeA && !transposeB && columnsA < columnsB) {
    const [x, s] = scaledB;
    return e.matMul(e.multiply(a, s), x, true, false);
  }
  return undefined;
}

/** Factors of rows, out of products of matrices. */
export const rowScale: Rewrite = {
  name: 'row-scale',
  finds: 'A product of two matrices, one of which is `s · x` with one factor for each of its rows.',
  makes: 'The product of x, with the factors where fewer numbers are touched: `s (x b)` or `xᵀ (s b)`.',
  because: '`(s x) b = s (x b)` and `(s x)ᵀ b = xᵀ (s b)`: the scaled copy of the larger matrix is never made.',
  on: ['BatchMatMul'],
  apply: ([a, b]: readonly [Node, Node], attributes) => withoutRowScale(a, b, attributes),
};
