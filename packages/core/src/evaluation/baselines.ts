import type { RandomStream } from '../random/stream.js';
import type { Scorer } from './evaluate.js';

/** Predictions that are scored at once. */
const ROWS = 64;

/** Scores every candidate by how often it occurs in training data, with one count added to each. */
export function popularityScorer(train: readonly Int32Array[], vocabularySize: number): Scorer {
  const counts = new Float64Array(vocabularySize).fill(1);
  let total = vocabularySize;
  for (const sequence of train) {
    total += sequence.length;
    for (const token of sequence) counts[token] = (counts[token] ?? 0) + 1;
  }
  const row = Float32Array.from(counts, (count) => Math.log(count / total));
  const scores = new Float32Array(ROWS * vocabularySize);
  for (let at = 0; at < ROWS; at++) scores.set(row, at * vocabularySize);
  return async function* score(cases) {
    const predictions = cases.flatMap((each) =>
      Array.from({ length: each.tokens.length - each.firstTarget }, (_, index) => ({ case: each, at: each.firstTarget + index })),
    );
    for (let from = 0; from < predictions.length; from += ROWS)
      yield await Promise.resolve({ predictions: predictions.slice(from, from + ROWS), scores });
  };
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
