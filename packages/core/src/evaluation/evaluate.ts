import type { EvaluationCase } from '../data/dataset.js';
import type { Metric } from './metric.js';

/** How a scorer judged one target. */
export interface ScoredTarget {
  readonly target: number;
  /** 1-based rank among all candidates, ties counted as half; NaN where the scores are. */
  readonly rank: number;
  readonly logProbability: number;
}

/** Scores every target of some cases, in order and batch by batch. */
export type Scorer = (cases: readonly EvaluationCase[]) => AsyncIterable<readonly ScoredTarget[]>;

/**
 * Evaluates metrics over all targets of all cases.
 *
 * @param characters - characters that each token stands for, where the dataset says
 * @returns values by metric key
 */
export async function evaluate(
  scorer: Scorer,
  cases: readonly EvaluationCase[],
  metrics: readonly Metric[],
  characters?: readonly number[],
): Promise<Record<string, number>> {
  const accumulators = metrics.map((metric) => ({ key: metric.key, accumulator: metric.start() }));
  for await (const scored of scorer(cases)) {
    for (const { target, rank, logProbability } of scored) {
      const observation = { rank, logProbability, characters: characters?.[target] ?? Number.NaN };
      for (const { accumulator } of accumulators) accumulator.observe(observation);
    }
  }
  return Object.fromEntries(accumulators.map(({ key, accumulator }) => [key, accumulator.result()]));
}
