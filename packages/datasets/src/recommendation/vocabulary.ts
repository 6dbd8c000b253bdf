import { countItems } from '@farzi/core';

/**
 * The items that occur, in the order of their token ids: most frequent in training first, then first seen in the file
 * first. Only training events are counted, so that no id tells anything about the held-out ones; items that occur in
 * held-out events alone come last.
 * @param histories - all events, by item code; codes follow first appearance in the file.
 * @param training - the part of them that is for training.
 */
export function orderItems(histories: readonly (readonly number[])[], training: readonly (readonly number[])[]): number[] {
  const counts = countItems(training);
  return [...new Set(histories.flat())].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || a - b);
}

/** Sequences of token ids for sequences of item codes. */
export function toTokens(histories: readonly (readonly number[])[], order: readonly number[]): Int32Array[] {
  const ids = new Map(order.map((code, id) => [code, id]));
  return histories.map((history) => Int32Array.from(history, (code) => ids.get(code) ?? -1));
}
