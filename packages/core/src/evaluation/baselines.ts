import type { RandomStream } from '../random/stream.js';
import type { Scorer } from './evaluate.js';
import { rankOf, seenBefore } from './ranking.js';

/** Scores every candidate by how often it occurs in training data, with one count added to each. */
export function popularityScorer(train: readonly Int32Array[], vocabularySize: number, maskSeen: boolean): Scorer {
  const counts = new Float64Array(vocabularySize).fill(1);
  for (const sequence of train) for (const token of sequence) counts[token] = (counts[token] ?? 0) + 1;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const sorted = Float64Array.from(counts).sort();
  const better = Array.from(counts, (count) => vocabularySize - firstAbove(sorted, count));
  const equal = Array.from(counts, (count, token) => vocabularySize - firstAbove(sorted, count - 1) - (better[token] as number));
  const countOf = (token: number): number => counts[token] as number;
  return async function* score(cases) {
    for (const each of cases) {
      yield await Promise.resolve(
        Array.from(each.tokens.subarray(each.firstTarget), (target, index) => {
          const own = countOf(target);
          const seen = maskSeen ? seenBefore(each, each.firstTarget + index) : [];
          const rank = rankOf({
            better: better[target] as number,
            equal: equal[target] as number,
            seenBetter: seen.filter((token) => countOf(token) > own).length,
            seenEqual: seen.filter((token) => countOf(token) === own).length,
          });
          return { target, rank, logProbability: Math.log(own / total) };
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

/** `count` random sequences, each cut to its last `events`. */
export function randomSequences(train: readonly Int32Array[], count: number, events: number, stream: RandomStream): Int32Array[] {
  return stream.distinct(train.length, count).map((index) => (train[index] as Int32Array).slice(-events));
}

/** The `count` longest sequences (most active users), each cut to its last `events`. */
export function headSequences(train: readonly Int32Array[], count: number, events: number): Int32Array[] {
  return [...train]
    .sort((a, b) => b.length - a.length)
    .slice(0, count)
    .map((sequence) => sequence.slice(-events));
}
