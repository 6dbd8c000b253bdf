import * as e from '../expressions.js';
import type { Node } from '../node.js';
import type { Rewrite } from '../rewrite.js';

/** What a node is the mean of, if it is that of each row. */
function meanOf(node: Node | undefined): Node | undefined {
  if (node?.op !== 'Multiply') return undefined;
  const total = node.inputs.find(({ op }) => op === 'Sum');
  const x = total?.inputs[0];
  return x !== undefined && node === e.mean(x, [x.shape.length - 1], true) ? x : undefined;
}

/** The normalised rows that `centred · scale` are, if they are. */
function normalised(centred: Node, scale: Node): Node | undefined {
  const [x, mean] = centred.op === 'Sub' ? centred.inputs : [];
  const [shifted] = scale.op === 'Rsqrt' ? scale.inputs : [];
  const variance = shifted?.op === 'Add' ? shifted.inputs.find(({ op }) => op !== 'Fill') : undefined;
  const epsilon = e.fillValue(shifted?.inputs.find(({ op }) => op === 'Fill'));
  if (x === undefined || epsilon === undefined || meanOf(mean) !== x || meanOf(variance) !== e.square(centred)) return undefined;
  return x.graph.apply('Normalise', [x], { epsilon });
}

/** Layer normalisation (before gain and bias) as it is written with separate ops. */
export const layerNormalisation: Rewrite = {
  name: 'layer-normalisation',
  finds: '`centred · rsqrt(mean(centred²) + epsilon)` with `centred = x - mean(x)`, over the last axis.',
  makes: 'Normalise of x, one op with a derivative of its own.',
  because: 'It is the definition of the op. Engines have a kernel for it, and its derivative needs three passes instead of a dozen.',
  on: ['Multiply'],
  apply: ([a, b]: readonly [Node, Node]) => normalised(a, b) ?? normalised(b, a),
};
