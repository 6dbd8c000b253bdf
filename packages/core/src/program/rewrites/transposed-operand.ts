import type { Node } from '../node.js';
import type { Rewrite } from '../rewrite.js';

const operands = [
  [0, 'transposeA'],
  [1, 'transposeB'],
] as const;

/** Whether a node exchanges the last two axes of its input, and nothing else. */
function isTransposed({ op, attributes, shape }: Node): boolean {
  const permutation = op === 'Transpose' ? (attributes['permutation'] as readonly number[]) : [];
  const rank = shape.length;
  return rank >= 2 && permutation.length === rank && permutation.every((from, to) => from === (to < rank - 2 ? to : 2 * rank - 3 - to));
}

/** Transposed matrices in products, as flags of the product. */
export const transposedOperand: Rewrite = {
  name: 'transposed-operand',
  finds: 'A product one of whose operands has its last two axes exchanged.',
  makes: 'The product of the operand as it was, with its flag turned.',
  because: 'A transposed matrix is the same matrix read the other way, which engines do without a copy.',
  on: ['BatchMatMul'],
  apply: (inputs, attributes, graph) => {
    for (const [index, flag] of operands) {
      const operand = inputs[index] as Node;
      if (!isTransposed(operand)) continue;
      const replaced = inputs.map((input, at) => (at === index ? (operand.inputs[0] as Node) : input));
      return graph.apply('BatchMatMul', replaced, { ...attributes, [flag]: attributes[flag] !== true });
    }
    return undefined;
  },
};
