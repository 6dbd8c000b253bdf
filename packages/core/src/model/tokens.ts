import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';

/**
 * A batch of token sequences: ids `[batch, length]`, or distributions over the vocabulary `[batch, length,
 * vocabulary]`.
 */
export type Tokens = { readonly kind: 'hard'; readonly ids: Tensor2D } | { readonly kind: 'soft'; readonly probabilities: Tensor3D };

/**
 * Token embeddings `[batch, length, width]`: rows of the table for hard tokens, their expectation under each
 * distribution for soft tokens. A model that reads its tokens through this works on real and on synthetic data without
 * knowing which.
 *
 * @param table - `[vocabulary, width]`
 */
export function embed(tokens: Tokens, table: Tensor2D): Tensor3D {
  if (tokens.kind === 'hard') return tf.gather(table, tokens.ids) as unknown as Tensor3D;
  const [batch, length, vocabulary] = tokens.probabilities.shape;
  const flat = tf.matMul(tf.reshape(tokens.probabilities, [batch * length, vocabulary]), table);
  return tf.reshape(flat, [batch, length, -1]);
}

/** Number of positions of a batch of tokens. */
export function lengthOf(tokens: Tokens): number {
  return tokens.kind === 'hard' ? tokens.ids.shape[1] : tokens.probabilities.shape[1];
}
