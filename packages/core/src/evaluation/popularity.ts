import type { Scorer } from './evaluate.js';
import { rankOf, seenBefore } from './ranking.js';

/**
 * Scores every candidate by how often it occurs in training data, with one count added to each.
 *
 * @param occurrences - of every token
 * @param listLength - candidates of the list that goes with each target, 0 for none
 */
export function popularityScorer(occurrences: Float64Array, maskSeen: boolean, listLength = 0): Scorer {
  const vocabularySize = occurrences.length;
  const counts = occurrences.map((count) => count + 1);
  const byCount = Int32Array.from(counts.keys()).sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const sorted = Float64Array.from(counts).sort();
  const better = Array.from(counts, (count) => vocabularySize - firstAbove(sorted, count));
  const equal = Array.from(counts, (count, token) => vocabularySize - firstAbove(sorted, count - 1) - (better[token] as number));
  const countOf = (token: number): number => counts[token] as number;
  return async function* score(cases) {
    for (const [index, each] of cases.entries()) {
      yield await Promise.resolve(
        Array.from(each.tokens.subarray(each.firstTarget), (target, offset) => {
          const own = countOf(target);
          const seen = maskSeen ? seenBefore(each, each.firstTarget + offset) : [];
          const rank = rankOf({
            better: better[target] as number,
            equal: equal[target] as number,
            seenBetter: seen.filter((token) => countOf(token) > own).length,
            seenEqual: seen.filter((token) => countOf(token) === own).length,
          });
          const list = mostCommon(byCount, new Set(seen), listLength);
          return { target, case: index, rank, logProbability: Math.log(own / total), list };
        }),
      );
    }
  };
}

/** Index of the first of some sorted values that is above a bound. */
function firstAbove(sorted: Float64Array, bound: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The first of some sorted tokens, without those to leave out. */
function mostCommon(sorted: Int32Array, leftOut: ReadonlySet<number>, count: number): Int32Array {
  const list = new Int32Array(Math.min(count, sorted.length));
  let filled = 0;
  for (let at = 0; filled < list.length && at < sorted.length; at++) {
    const token = sorted[at] as number;
    if (!leftOut.has(token)) list[filled++] = token;
  }
  return list.subarray(0, filled);
}
