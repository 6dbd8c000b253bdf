import * as e from '../expressions.js';
import { type Node, sizeOf } from '../node.js';
import type { Rewrite } from '../rewrite.js';

/** Two constant factors as one. */
export const foldedScale: Rewrite = {
  name: 'folded-scale',
  finds: '`x · (y · a)` or `x · (-a)` with numbers x and y.',
  makes: '`(x y) · a` or `(-x) · a`.',
  because: 'Multiplication is associative; the numbers are multiplied in float64, and one pass through memory is saved.',
  on: ['Multiply'],
  apply: ([a, b]: readonly [Node, Node]) => {
    const [x, y] = [e.fillValue(a), e.fillValue(b)];
    const [factor, other] = x === undefined ? [y, a] : [x, b];
    if (factor === undefined || other.dtype !== 'float32') return undefined;
    if (other.op === 'Neg') return e.multiply(-factor, other.inputs[0] as Node);
    if (other.op !== 'Multiply') return undefined;
    const inner = other.inputs.map(e.fillValue);
    const at = inner.findIndex((value) => value !== undefined);
    const value = inner[at];
    const rest = other.inputs[1 - at];
    return value === undefined || rest === undefined || sizeOf(rest.shape) !== sizeOf(other.shape)
      ? undefined
      : e.multiply(factor * value, rest);
  },
};
