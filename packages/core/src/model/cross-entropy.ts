import * as e from '../program/expressions.js';
import type { Node } from '../program/node.js';
import { normaliserLoss, softCrossEntropyLoss } from '../program/macros/cross-entropy.js';
import { asRows, type Predictions } from './traced-model.js';

/** Weighted mean of per-row losses; weights `[rows]` mark real positions with 1 and padding with 0. */
function weightedMean(losses: Node, weights: Node): Node {
  return e.divide(e.sum(e.multiply(losses, weights)), e.maximum(e.sum(weights), 1));
}

/** What each row has in the mean. */
const sharesOf = (weights: Node): Node => e.divide(e.flatten(weights), e.maximum(e.sum(weights), 1));

/**
 * `Σ_v p_v z_v` of every row for one-hot p: with factors it is a product of small vectors, and nothing of the logits'
 * size is touched.
 */
function chosenLogits({ logits, factors }: Predictions, targets: Node): Node {
  if (factors !== undefined) return e.sum(e.multiply(factors.hidden, e.gather(factors.table, targets)), [1]);
  const [rows, vocabulary] = logits.shape as readonly [number, number];
  const offsets = e.constant(
    logits,
    Int32Array.from({ length: rows }, (_, row) => row * vocabulary),
    [rows],
    'int32',
  );
  return e.gather(e.flatten(logits), e.add(offsets, targets));
}

/**
 * Mean cross-entropy against token ids.
 *
 * @param targets - int32 `[batch, length]`
 * @param weights - `[batch, length]`
 */
export function hardCrossEntropy(predictions: Predictions, targets: Node, weights: Node): Node {
  const { factors } = predictions;
  if (factors !== undefined) {
    const rowWeights = sharesOf(weights);
    const chosen = chosenLogits(predictions, e.flatten(targets));
    return e.subtract(normaliserLoss([factors.hidden, factors.table, rowWeights]), e.sum(e.multiply(rowWeights, chosen)));
  }
  return weightedMean(e.subtract(e.logSumExp(predictions.logits), chosenLogits(predictions, e.flatten(targets))), e.flatten(weights));
}

/**
 * Mean cross-entropy against distributions whose rows sum to 1.
 *
 * @param targets - `[batch, length, vocabulary]`
 * @param weights - `[batch, length]`
 */
export function softCrossEntropy({ logits }: Predictions, targets: Node, weights: Node): Node {
  return weightedMean(e.subtract(e.logSumExp(logits), e.sum(e.multiply(asRows(targets), logits), [1])), e.flatten(weights));
}

/**
 * The same for predictions and targets that are both given as factors; nothing of the size of the logits is held whole.
 *
 * @param latents - `[batch, length, rank]`; targets are `softmax(latents · decoder)`
 * @param decoder - `[rank, vocabulary]`
 * @param weights - `[batch, length]`
 */
export function factoredCrossEntropy(factors: NonNullable<Predictions['factors']>, latents: Node, decoder: Node, weights: Node): Node {
  return softCrossEntropyLoss([factors.hidden, factors.table, sharesOf(weights), asRows(latents), decoder]);
}
