import * as e from '../program/expressions.js';
import type { Node } from '../program/node.js';

/** Below every logit, and still a number: what is left out sorts last. */
const LEFT_OUT = -3e38;

/** For every row the logit of some of its candidates: `[rows, vocabulary]`, ids `[rows, n]` → `[rows, n]`. */
export function logitsOf(logits: Node, candidates: Node): Node {
  return e.gather(e.flatten(logits), flatIds(logits, candidates));
}

/** Where candidates `[rows, n]` are in flattened logits. */
function flatIds(logits: Node, candidates: Node): Node {
  const [rows, vocabulary] = logits.shape as readonly [number, number];
  const offsets = Int32Array.from({ length: rows }, (_, row) => row * vocabulary);
  return e.add(e.constant(logits, offsets, [rows, 1], 'int32'), candidates);
}

/** Candidates to leave out of each row's list: ids `[rows, n]`, and 1 where an id counts, 0 where it pads. */
export interface LeftOut {
  readonly ids: Node;
  readonly counts: Node;
}

/**
 * The candidates with the highest logits of each row, best first.
 *
 * @param logits - `[rows, vocabulary]`
 * @returns ids, int32 `[rows, k]`
 */
export function likeliest(logits: Node, leftOut: LeftOut | undefined, k: number): Node {
  const { graph, shape } = logits;
  const [rows, vocabulary] = shape as readonly [number, number];
  if (leftOut === undefined) return graph.apply('TopKIndices', [logits], { k });
  const marks = e.segmentSum(e.flatten(leftOut.counts), e.flatten(flatIds(logits, leftOut.ids)), rows * vocabulary);
  const kept = e.select(e.greater(e.reshape(marks, [rows, vocabulary]), 0), LEFT_OUT, logits);
  return graph.apply('TopKIndices', [kept], { k });
}
