import type { MetricContext, MetricDefinition, Observation } from '../metric.js';
import { describe, expect, it } from 'vitest';
import { accuracy } from './accuracy.js';
import { bitsPerCharacter } from './bits-per-character.js';
import { hitRate } from './hit-rate.js';
import { meanReciprocalRank } from './mrr.js';
import { ndcg } from './ndcg.js';
import { perplexity } from './perplexity.js';

const nothing: Observation = {
  rank: Number.NaN,
  logProbability: Number.NaN,
  characters: Number.NaN,
  target: 0,
  case: 0,
  list: new Int32Array(),
};
const context: MetricContext = { vocabularySize: 1000, occurrences: new Float64Array(1000) };

function overAll(metric: MetricDefinition, cutoff: number, observations: readonly Partial<Observation>[]): number {
  const accumulator = metric.start(cutoff, context);
  for (const observation of observations) accumulator.observe({ ...nothing, ...observation });
  return accumulator.result();
}

function over(metric: MetricDefinition, cutoff: number, ranks: readonly number[]): number {
  return overAll(
    metric,
    cutoff,
    ranks.map((rank) => ({ rank })),
  );
}

describe('ranking metrics', () => {
  const table: [name: string, metric: MetricDefinition, cutoff: number, ranks: readonly number[], expected: number][] = [
    ['hr counts ranks up to the cutoff', hitRate, 10, [1, 10, 11, 500], 0.5],
    ['hr counts a tie across the cutoff as a miss', hitRate, 10, [9.5, 10.5], 0.5],
    ['ndcg is 1 for a perfect ranking', ndcg, 10, [1, 1], 1],
    ['ndcg discounts by log2(rank + 1)', ndcg, 10, [1, 3, 7, 11], (1 + 1 / 2 + 1 / 3) / 4],
    ['ndcg takes fractional ranks', ndcg, 10, [1.5], 1 / Math.log2(2.5)],
    ['mrr looks at the whole catalogue', meanReciprocalRank, 0, [1, 2, 1000], (1 + 0.5 + 0.001) / 3],
    ['mrr takes fractional ranks', meanReciprocalRank, 0, [2.5], 0.4],
    ['accuracy counts ranks up to the cutoff', accuracy, 5, [1, 5, 6, 500], 0.5],
    ['accuracy counts a tie for the best as a miss', accuracy, 1, [1, 1.5], 0.5],
  ];
  it.each(table)('%s', (_name, metric, cutoff, ranks, expected) => {
    expect(over(metric, cutoff, ranks)).toBeCloseTo(expected, 12);
  });

  it.each([hitRate, ndcg, meanReciprocalRank, accuracy, perplexity, bitsPerCharacter])('$id over nothing is not a number', (metric) => {
    expect(over(metric, 10, [])).toBeNaN();
  });

  it('keeps accumulators apart', () => {
    const first = hitRate.start(1, context);
    const second = hitRate.start(1, context);
    first.observe({ ...nothing, rank: 1 });
    second.observe({ ...nothing, rank: 2 });
    expect([first.result(), second.result()]).toEqual([1, 0]);
  });
});

describe('likelihood metrics', () => {
  it('perplexity of a uniform guess is the number of tokens', () => {
    const guess = { logProbability: Math.log(1 / 10_000) };
    expect(overAll(perplexity, 0, [guess, guess, guess])).toBeCloseTo(10_000, 6);
  });

  it('perplexity is the inverse of the geometric mean of the probabilities', () => {
    expect(overAll(perplexity, 0, [{ logProbability: Math.log(0.5) }, { logProbability: Math.log(0.125) }])).toBeCloseTo(4, 12);
  });

  it('bits per character divides by characters, not by tokens', () => {
    const observations = [
      { logProbability: Math.log(1 / 8), characters: 4 },
      { logProbability: Math.log(1 / 2), characters: 0 },
      { logProbability: Math.log(1 / 4), characters: 2 },
    ];
    expect(overAll(bitsPerCharacter, 0, observations)).toBeCloseTo(1, 12);
  });

  it('smaller is better, and only bits per character needs characters', () => {
    expect([perplexity, bitsPerCharacter].map(({ smallerIsBetter }) => smallerIsBetter)).toEqual([true, true]);
    expect([perplexity, bitsPerCharacter, accuracy].map(({ needs }) => needs ?? [])).toEqual([[], ['characters'], []]);
  });
});
