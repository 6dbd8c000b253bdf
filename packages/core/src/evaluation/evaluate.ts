import type { EvaluationCase } from '../data/dataset.js';
import type { Metric, MetricContext } from './metric.js';

/** How a scorer judged one target. */
export interface ScoredTarget {
  readonly target: number;
  /** Index of the target's case among those that are scored. */
  readonly case: number;
  /** 1-based rank among all candidates, ties counted as half; NaN where the scores are. */
  readonly rank: number;
  readonly logProbability: number;
  /** The candidates with the highest scores, best first; empty where no lists were asked for. */
  readonly list: Int32Array;
}

/** Scores every target of some cases, in order and batch by batch. */
export type Scorer = (cases: readonly EvaluationCase[]) => AsyncIterable<readonly ScoredTarget[]>;

/** What evaluation knows about the data besides the cases. */
export interface EvaluationContext extends MetricContext {
  /** Characters that each token stands for, where the dataset says. */
  readonly characters?: readonly number[];
}

/** The longest list that some metrics need, 0 for none. */
export const listLengthOf = (metrics: readonly Metric[]): number => Math.max(0, ...metrics.map(({ listLength }) => listLength));

/**
 * Evaluates metrics over all targets of all cases.
 *
 * @returns values by metric key
 */
export async function evaluateScorer(
  scorer: Scorer,
  cases: readonly EvaluationCase[],
  metrics: readonly Metric[],
  context: EvaluationContext,
): Promise<Record<string, number>> {
  const accumulators = metrics.map(({ key, listLength, start }) => ({ key, listLength, accumulator: start(context) }));
  for await (const scored of scorer(cases)) {
    for (const { target, rank, logProbability, list, case: index } of scored) {
      const characters = context.characters?.[target] ?? Number.NaN;
      for (const { accumulator, listLength } of accumulators)
        accumulator.observe({ rank, logProbability, characters, target, case: index, list: list.subarray(0, listLength) });
    }
  }
  return Object.fromEntries(accumulators.map(({ key, accumulator }) => [key, accumulator.result()]));
}
