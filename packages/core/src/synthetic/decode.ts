import { divide, matMul, reshape, softmax } from '../program/expressions.js';
import type { Node } from '../program/node.js';

/** Logits of synthetic tokens, `[batch, length, vocabulary]`: `latents · decoder / temperature`. */
export function decodeLogits(latents: Node, decoder: Node, temperature: number): Node {
  const [batch, length, rank] = latents.shape as readonly [number, number, number];
  const logits = matMul(reshape(divide(latents, temperature), [batch * length, rank]), decoder);
  return reshape(logits, [batch, length, decoder.shape[1] as number]);
}

/**
 * Synthetic tokens as distributions over the vocabulary, `[batch, length, vocabulary]`.
 *
 * @param latents - `[batch, length, rank]`, one minibatch: the whole summary is never decoded at once
 * @param decoder - `[rank, vocabulary]`
 */
export function decode(latents: Node, decoder: Node, temperature: number): Node {
  return softmax(decodeLogits(latents, decoder, temperature));
}
