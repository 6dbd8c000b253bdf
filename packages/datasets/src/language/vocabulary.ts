import { endSymbol, unknownSymbol } from './symbols.js';
import type { Segmentation } from './tokenizers/segmentation.js';

/** Which symbols get an id of their own. */
export interface VocabularyLimits {
  readonly minimumCount: number;
  readonly maximumVocabulary?: number | undefined;
}

/** How often each symbol occurs in documents, in order of first occurrence. */
export function countSymbols(documents: readonly string[], segmentation: Segmentation): Map<string, number> {
  const counts = new Map<string, number>();
  for (const document of documents)
    for (const symbol of segmentation.cut(segmentation.complete(document))) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  return counts;
}

/**
 * The vocabulary in the order of its ids: most frequent first, ties by first occurrence. `<unk>` is always in it and
 * counts for all symbols that are left out, besides itself where a corpus holds it literally; so is `<eos>` where it
 * marks ends.
 * @param counts - of the training text alone: nothing of validation and test may reach the vocabulary.
 */
export function chooseVocabulary(
  counts: ReadonlyMap<string, number>,
  { minimumCount, maximumVocabulary = Infinity }: VocabularyLimits,
  { marksEnds }: Segmentation,
): string[] {
  const specials = marksEnds ? [endSymbol, unknownSymbol] : [unknownSymbol];
  const countOf = (symbol: string): number => counts.get(symbol) ?? 0;
  const byCount = (a: string, b: string): number => countOf(b) - countOf(a);
  const ordinary = [...counts.keys()].filter((symbol) => !specials.includes(symbol));
  const frequent = ordinary.filter((symbol) => countOf(symbol) >= minimumCount).sort(byCount);
  const kept = new Set([...frequent.slice(0, Math.max(0, maximumVocabulary - specials.length)), ...specials]);
  let unknown = countOf(unknownSymbol);
  for (const symbol of ordinary) if (!kept.has(symbol)) unknown += countOf(symbol);
  const finalCount = (symbol: string): number => (symbol === unknownSymbol ? unknown : countOf(symbol));
  return [...new Set([...counts.keys(), ...specials])].filter((symbol) => kept.has(symbol)).sort((a, b) => finalCount(b) - finalCount(a));
}
