/**
 * Texts as overlapping stretches, so that a random window of a random stretch is a random window of the whole corpus,
 * whatever the lengths of its documents. A stretch holds every window of `length + 1` tokens that starts in its first
 * `length` tokens; nothing is copied.
 */
export function stretchesOf(documents: readonly Int32Array[], length: number): Int32Array[] {
  return documents.flatMap((tokens) => {
    const starts = Math.max(1, tokens.length - length);
    return Array.from({ length: Math.ceil(starts / length) }, (_, index) => tokens.subarray(index * length, (index + 2) * length));
  });
}
