import type { MetricDefinition, Observation } from '@farzi/core';
import { describe, expect, it } from 'vitest';
import { hitRate } from './hit-rate.js';
import { meanReciprocalRank } from './mrr.js';
import { ndcg } from './ndcg.js';

function over(metric: MetricDefinition, cutoff: number, ranks: readonly number[]): number {
  const accumulator = metric.start(cutoff);
  for (const rank of ranks) accumulator.observe({ rank, logProbability: 0 } satisfies Observation);
  return accumulator.result();
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
  ];
  it.each(table)('%s', (_name, metric, cutoff, ranks, expected) => {
    expect(over(metric, cutoff, ranks)).toBeCloseTo(expected, 12);
  });

  it.each([hitRate, ndcg, meanReciprocalRank])('$id over nothing is not a number', (metric) => {
    expect(over(metric, 10, [])).toBeNaN();
  });

  it('keeps accumulators apart', () => {
    const first = hitRate.start(1);
    const second = hitRate.start(1);
    first.observe({ rank: 1, logProbability: 0 });
    second.observe({ rank: 2, logProbability: 0 });
    expect([first.result(), second.result()]).toEqual([1, 0]);
  });
});
