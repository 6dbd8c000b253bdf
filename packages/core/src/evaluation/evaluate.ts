import type { EvaluationCase } from '../data/dataset.js';
import type { Metric, MetricContext, Observation } from './metric.js';

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

/** Hears of every target that is scored. */
interface Listener {
  /** Candidates that it is told, 0 for none. */
  readonly listLength: number;
  observe(observation: Observation): void;
}

/** Has targets scored, and tells some listeners of each. */
async function tellAll(
  scorer: Scorer,
  cases: readonly EvaluationCase[],
  listeners: readonly Listener[],
  { characters }: EvaluationContext,
): Promise<void> {
  for await (const scored of scorer(cases)) {
    for (const { list, ...observed } of scored) {
      const observation = { ...observed, characters: characters?.[observed.target] ?? Number.NaN };
      for (const listener of listeners) listener.observe({ ...observation, list: list.subarray(0, listener.listLength) });
    }
  }
}

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
  const { values } = await evaluateEach(scorer, cases, metrics, undefined, context);
  return values;
}

/** What {@link evaluateEach} found. */
export interface Evaluated {
  /** Over all cases, by metric key. */
  readonly values: Record<string, number>;
  /** One metric of each case alone, in the order of the cases; NaN where a case has no targets. */
  readonly ofCases: Float32Array;
}

/**
 * Evaluates metrics over all targets of all cases, and one of them over those of each case.
 *
 * @param each - the metric of single cases, if they are wanted
 */
export async function evaluateEach(
  scorer: Scorer,
  cases: readonly EvaluationCase[],
  metrics: readonly Metric[],
  each: Metric | undefined,
  context: EvaluationContext,
): Promise<Evaluated> {
  const all = metrics.map(({ key, listLength, start }) => ({ key, listLength, accumulator: start(context) }));
  const listeners: Listener[] = all.map(({ listLength, accumulator }) => ({
    listLength,
    observe: (observation) => {
      accumulator.observe(observation);
    },
  }));
  const alone = each === undefined ? [] : cases.map(() => each.start(context));
  if (each !== undefined) {
    listeners.push({
      listLength: each.listLength,
      observe: (observation) => {
        alone[observation.case]?.observe(observation);
      },
    });
  }
  await tellAll(scorer, cases, listeners, context);
  return {
    values: Object.fromEntries(all.map(({ key, accumulator }) => [key, accumulator.result()])),
    ofCases: Float32Array.from(alone, (accumulator) => accumulator.result()),
  };
}
