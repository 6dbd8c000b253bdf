/** How many events the histories hold. */
export function countEvents(histories: readonly { readonly length: number }[]): number {
  return histories.reduce((sum, history) => sum + history.length, 0);
}

/** How often each item occurs. */
export function countItems(histories: readonly (readonly number[])[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const history of histories) for (const item of history) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

/** How often each token occurs in some sequences, by token id: `[vocabularySize]`. */
export function occurrencesOf(sequences: readonly Int32Array[], vocabularySize: number): Float64Array {
  const counts = new Float64Array(vocabularySize);
  for (const sequence of sequences) for (const token of sequence) counts[token] = (counts[token] ?? 0) + 1;
  return counts;
}
