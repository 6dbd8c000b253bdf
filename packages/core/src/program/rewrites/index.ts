import type { Rewrite } from '../rewrite.js';
import { fewRows } from './few-rows.js';
import { foldedScale } from './folded-scale.js';
import { joinedGradients } from './joined-gradients.js';
import { layerNormalisation } from './layer-normalisation.js';
import { logSoftmax } from './log-softmax.js';
import { oneProduct } from './one-product.js';
import { rowScale } from './row-scale.js';
import { sliceInside } from './slice-inside.js';
import { softEmbedding } from './soft-embedding.js';
import { transposedOperand } from './transposed-operand.js';

/** All patterns, in the order in which they are tried. */
export const rewrites: readonly Rewrite[] = [
  ...[foldedScale, layerNormalisation, logSoftmax, joinedGradients],
  ...[transposedOperand, softEmbedding, rowScale, oneProduct],
  ...[fewRows, sliceInside],
];
