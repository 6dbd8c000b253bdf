import type { Task } from '../data/task.js';
import { FarziError } from '../errors.js';
import type { Metric } from './metric.js';
import { metricFrom, type MetricInput, usualSelection } from './metrics/index.js';

/** How models are evaluated, as it is given. */
export interface EvaluationInput {
  /**
   * The metric that models and synthetic data are chosen by, on validation: nDCG@10 or, for language, perplexity by
   * default.
   */
  readonly selection?: MetricInput;
  /** Leave out items that the user has already seen: by default for recommendation, and never for language. */
  readonly maskSeen?: boolean;
  /** Windows that are scored at once, 128 by default. */
  readonly batchSize?: number;
  /**
   * Validate on this many targets only, where there are more: of users evenly among all, of texts the first. By default
   * 5,000 for recommendation, and all for language.
   */
  readonly validationTargets?: number;
}

/** The same with defaults. */
export interface EvaluationSettings {
  readonly selection: Metric;
  readonly maskSeen: boolean;
  readonly batchSize: number;
  readonly validationTargets?: number;
}

/** Windows that are scored at once where nothing else is said. */
const BATCH = 128;

/** Targets that are validated on where nothing else is said: a student is validated again and again, and all of many users take long. */
export const usualValidationTargets = { recommendation: 5000, language: undefined } as const satisfies Record<Task, number | undefined>;

/**
 * Fills in what is usual for a task.
 *
 * @throws FARZI_CONFIG_INVALID, FARZI_CONTRIBUTION_UNKNOWN
 */
export function evaluationSettings(given: EvaluationInput = {}, task: Task): EvaluationSettings {
  const { selection = usualSelection[task], maskSeen = task === 'recommendation', batchSize = BATCH } = given;
  const { validationTargets = usualValidationTargets[task] } = given;
  if (maskSeen && task === 'language') {
    throw new FarziError('FARZI_CONFIG_INVALID', 'The option maskSeen is for recommendation: a text may well repeat a token.', {
      hint: 'Leave it out.',
    });
  }
  const metric = metricFrom(selection);
  if (!metric.tasks.includes(task)) {
    throw new FarziError('FARZI_CONFIG_INVALID', `The metric "${metric.key}" is for ${metric.tasks.join(' and ')}, not for ${task}.`);
  }
  return { selection: metric, maskSeen, batchSize, ...(validationTargets === undefined ? {} : { validationTargets }) };
}
