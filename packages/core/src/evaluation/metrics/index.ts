import { FarziError } from '../../errors.js';
import { type Metric, type MetricDefinition, metricOf } from '../metric.js';
import type { Task } from '../../data/task.js';
import { accuracy } from './accuracy.js';
import { bitsPerCharacter } from './bits-per-character.js';
import { hitRate } from './hit-rate.js';
import { meanReciprocalRank } from './mrr.js';
import { ndcg } from './ndcg.js';
import { perplexity } from './perplexity.js';

/** The metrics that need no plugin. */
export const builtInMetrics: readonly MetricDefinition[] = [hitRate, ndcg, meanReciprocalRank, perplexity, accuracy, bitsPerCharacter];

/** What models are chosen by where nothing else is said. */
export const usualSelection: Readonly<Record<Task, string>> = { recommendation: 'ndcg@10', language: 'perplexity' };

/** A metric as programs name it: `ndcg@10` for a built-in one, or one made with `metricOf`. */
export type MetricInput = string | Metric;

/**
 * Looks built-in metrics up.
 *
 * @throws FARZI_CONTRIBUTION_UNKNOWN, FARZI_CONFIG_INVALID for a cutoff that does not fit
 */
export function metricFrom(input: MetricInput): Metric {
  if (typeof input !== 'string') return input;
  const [id = ''] = input.split('@');
  const definition = builtInMetrics.find((each) => each.id === id);
  if (definition !== undefined) return metricOf(definition, input);
  throw new FarziError('FARZI_CONTRIBUTION_UNKNOWN', `There is no built-in metric "${id}".`, {
    hint: `Use one of ${builtInMetrics.map((each) => each.id).join(', ')}; for another, give metricOf(definition, "${input}").`,
  });
}
