import * as e from '../expressions.js';
import { type Node, sizeOf } from '../node.js';
import type { Rewrite } from '../rewrite.js';

/** A product of every batch with the same matrix, as one product. */
export const oneProduct: Rewrite = {
  name: 'one-product',
  finds: 'A product of a batch of matrices `[..., rows, inner]` with one matrix.',
  makes: 'One product of all their rows `[all rows, inner]`, reshaped.',
  because: 'Rows are multiplied independently of each other; one large product is faster than many small ones.',
  on: ['BatchMatMul'],
  apply: (inputs: readonly [Node, Node], attributes, graph) => {
    const [a, b] = inputs;
    if (a.shape.length <= 2 || sizeOf(b.shape.slice(0, -2)) !== 1 || attributes['transposeA'] === true) return undefined;
    const { shape } = graph.definitionOf('BatchMatMul').infer(inputs, attributes);
    const rows = e.reshape(a, [-1, a.shape.at(-1) as number]);
    return e.reshape(e.matMul(rows, e.reshape(b, b.shape.slice(-2)), false, attributes['transposeB'] === true), shape);
  },
};
