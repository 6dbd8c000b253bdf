import type { Dataset, EvaluationCase } from './dataset.js';
import { stretchesOf } from './stretches.js';
import { FarziError } from '../errors.js';
import type { ResolvedExperiment } from '../config/resolve.js';
import type { ExperimentConfig } from '../config/schema.js';

/** The parts of a dataset that an experiment trains on and looks at while it does. */
export interface Corpus {
  readonly train: readonly Int32Array[];
  readonly validation: readonly EvaluationCase[];
}

/**
 * Prepares a dataset for an experiment.
 *
 * @throws FARZI_DATA_TOO_SHORT when no text fills the context
 */
export function corpusOf(dataset: Dataset, { task, maxLength, evaluation }: ExperimentConfig): Corpus {
  const validation =
    evaluation.validationTargets === undefined ? dataset.validation : firstTargets(dataset.validation, evaluation.validationTargets);
  // who has a single event has nothing to predict: a baseline must not draw it in place of one that can be learned from
  const usable = dataset.train.filter((sequence) => sequence.length > 1);
  if (task === 'recommendation') return { train: usable, validation };
  const longest = usable.reduce((most, { length }) => Math.max(most, length), 0);
  if (longest <= maxLength) {
    throw new FarziError(
      'FARZI_DATA_TOO_SHORT',
      `the longest training text of ${dataset.id} has ${longest} tokens: too short for one window of maxLength = ${maxLength} tokens and the one after it`,
      { hint: `Lower maxLength below ${longest}, or use a longer text.` },
    );
  }
  return { train: stretchesOf(usable, maxLength), validation };
}

/** The first targets of some cases. */
function firstTargets(cases: readonly EvaluationCase[], most: number): EvaluationCase[] {
  const kept: EvaluationCase[] = [];
  let left = most;
  for (const { tokens, firstTarget } of cases) {
    if (left <= 0) break;
    const count = Math.min(left, tokens.length - firstTarget);
    kept.push({ tokens: tokens.subarray(0, firstTarget + count), firstTarget });
    left -= count;
  }
  return kept;
}

/**
 * Refuses metrics that count characters where a dataset does not say how many its tokens stand for.
 *
 * @throws FARZI_CONFIG_INVALID
 */
export function requireCharacters({ id, characters }: Dataset, { metrics, selection }: ResolvedExperiment): void {
  const needy = [...metrics, selection].find(({ needsCharacters }) => needsCharacters);
  if (characters !== undefined || needy === undefined) return;
  throw new FarziError(
    'FARZI_CONFIG_INVALID',
    `the metric ${needy.key} counts characters, and ${id} does not say how many its tokens stand for`,
    {
      hint: 'Take it out of evaluation, or use tokenizer: character or subword.',
    },
  );
}
