import * as e from '../expressions.js';
import { type Node, sizeOf } from '../node.js';
import type { Rewrite } from '../rewrite.js';

/**
 * Ops that compute each row of their result from the same row of their inputs, or from inputs that have one row only.
 */
const ROW_BY_ROW: ReadonlySet<string> = new Set(['Add', 'Sub', 'Multiply', 'Normalise', 'Neg', 'Relu', 'Tanh', 'Sigmoid', 'Erf']);

/**
 * Some rows of a value, computed from some rows of what it is made of; where few are wanted, the others need not be
 * computed.
 */
function rowsAlone(x: Node, indices: Node): Node | undefined {
  const [rows] = x.shape;
  if (rows === undefined || x.shape.length !== 2 || indices.shape.length !== 1 || 2 * sizeOf(indices.shape) > rows) return undefined;
  if (x.op === 'BatchMatMul' && x.attributes['transposeA'] !== true) {
    const [a, b] = x.inputs as readonly [Node, Node];
    return x.graph.apply('BatchMatMul', [e.gather(a, indices), b], x.attributes);
  }
  if (!ROW_BY_ROW.has(x.op)) return undefined;
  const inputs = x.inputs.map((input) => (input.shape.length === 2 && input.shape[0] === rows ? e.gather(input, indices) : input));
  return x.graph.apply(x.op, inputs, x.attributes);
}

/** Few rows of a value, computed alone. */
export const fewRows: Rewrite = {
  name: 'few-rows',
  finds: 'A gather of at most half of the rows of a matrix product or of an op that works row by row.',
  makes: 'The op on the gathered rows of its operands.',
  because: 'Each row of the result needs the same rows of the operands only; the others are never computed.',
  on: ['Gather'],
  apply: ([x, indices]: readonly [Node, Node]) => rowsAlone(x, indices),
};
