import { softEmbedded } from '../macros/soft-embedding.js';
import type { Node } from '../node.js';
import type { Rewrite } from '../rewrite.js';

/** What a softmax is taken of, through changes of shape that keep its rows. */
function withoutReshape(node: Node): Node {
  const [x] = node.inputs as readonly [Node];
  return node.op === 'Reshape' && x.shape.at(-1) === node.shape.at(-1) ? withoutReshape(x) : node;
}

function embedding(a: Node, b: Node): Node | undefined {
  const softmax = withoutReshape(a);
  if (softmax.op !== 'Softmax' || a.shape.length !== 2 || b.shape.length !== 2) return undefined;
  const product = withoutReshape(softmax.inputs[0] as Node);
  const { transposeA, transposeB } = product.attributes;
  if (product.op !== 'BatchMatMul' || product.shape.length !== 2 || transposeA === true || transposeB === true) return undefined;
  const [latents, decoder] = product.inputs as readonly [Node, Node];
  return softEmbedded(latents, decoder, b);
}

/** How a model embeds decoded tokens, without the distributions. */
export const softEmbedding: Rewrite = {
  name: 'soft-embedding',
  finds: '`softmax(latents · decoder) · table` of matrices, also through changes of shape that keep the rows.',
  makes: 'SoftEmbedding of latents, decoder and table.',
  because: 'It is the definition of the macro, which works on chunks of rows and never holds the distributions whole.',
  on: ['BatchMatMul'],
  apply: ([a, b]: readonly [Node, Node], { transposeA, transposeB, expanded }) =>
    [transposeA, transposeB, expanded].includes(true) ? undefined : embedding(a, b),
};
