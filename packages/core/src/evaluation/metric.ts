import type { Task } from '../data/task.js';
import { FarziError } from '../errors.js';

/** The outcome of predicting one target token. */
export interface Observation {
  /** 1-based rank of the target among all candidates, ties counted as half; 1 is best. */
  readonly rank: number;
  /** Natural logarithm of the probability that the model gave to the target. */
  readonly logProbability: number;
  /** Characters that the target stands for; NaN where the dataset does not say. */
  readonly characters: number;
  /** Id of the target. */
  readonly target: number;
  /** Index of the evaluated case (a user, a text) that the target belongs to. */
  readonly case: number;
  /**
   * Ids of the candidates with the highest scores, best first, as many as the metric's cutoff; empty unless the metric
   * needs lists.
   */
  readonly list: Int32Array;
}

/** What a metric knows about the data before the first observation. */
export interface MetricContext {
  readonly vocabularySize: number;
  /** How often each token occurs in the training data; all 0 where those are not known. */
  readonly occurrences: Float64Array;
}

/** Folds observations into one number. */
export interface MetricAccumulator {
  observe(observation: Observation): void;
  /** The metric over everything observed. */
  result(): number;
}

/**
 * What a metric asks for beyond ranks and probabilities.
 * - `characters`: datasets that do not say how many characters their tokens stand for are refused.
 * - `lists`: observations carry the candidates with the highest scores.
 * - `occurrences`: the training data must be known.
 */
export type MetricNeed = 'characters' | 'lists' | 'occurrences';

/** A metric, asked for as `id` or, with a cutoff, `id@k`. */
export interface MetricDefinition {
  readonly id: string;
  readonly tasks: readonly Task[];
  /** `required`: only `id@k` exists; `none`: only `id` does. */
  readonly cutoff: 'required' | 'none';
  readonly smallerIsBetter: boolean;
  readonly needs?: readonly MetricNeed[];
  /** @param cutoff - k, or 0 where there is none */
  start(cutoff: number, context: MetricContext): MetricAccumulator;
}

/** A metric whose cutoff, if it has one, is settled: `hr@10`. */
export interface Metric {
  /** The key in reports: `hr@10`, `mrr`, `perplexity`. */
  readonly key: string;
  readonly tasks: readonly Task[];
  /** True for perplexity, where less is better. */
  readonly smallerIsBetter: boolean;
  readonly needs: readonly MetricNeed[];
  /** Candidates that its lists hold, 0 for a metric without lists. */
  readonly listLength: number;
  start(context: MetricContext): MetricAccumulator;
}

/**
 * A metric by its key: `mrr`, or with a cutoff `hr@10`.
 *
 * @param definition - the metric whose id comes before the `@`
 * @throws FARZI_CONFIG_INVALID for a cutoff that is missing, malformed or not wanted
 */
export function metricOf(definition: MetricDefinition, key: string): Metric {
  const [, ...rest] = key.split('@');
  const { id, tasks, smallerIsBetter, needs = [] } = definition;
  const cutoff = /^[1-9]\d*$/.test(rest.join('@')) ? Number(rest[0]) : 0;
  const refuse = (what: string): never => {
    throw new FarziError('FARZI_CONFIG_INVALID', `The metric "${key}" ${what}.`);
  };
  if (definition.cutoff === 'required' && cutoff === 0) refuse(`needs a whole positive cutoff, as in ${id}@10`);
  if (definition.cutoff === 'none' && rest.length > 0) refuse(`takes no cutoff: write ${id}`);
  return {
    ...{ key, tasks, smallerIsBetter, needs },
    listLength: needs.includes('lists') ? cutoff : 0,
    start: (context) => definition.start(cutoff, context),
  };
}

/** A metric's value as a score, of which more is better. */
export const scoreOf = ({ smallerIsBetter }: Metric, value: number): number => (smallerIsBetter ? -value : value);

/** The metric's value that a score stands for. */
export const valueOfScore = ({ smallerIsBetter }: Metric, score: number): number => (smallerIsBetter ? -score : score);
