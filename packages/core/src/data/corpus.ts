import { FarziError } from '../errors.js';
import type { Dataset, EvaluationCase } from './dataset.js';
import { stretchesOf } from './stretches.js';

/** The parts of a dataset that models are trained on and chosen by. */
export interface Corpus {
  readonly train: readonly Int32Array[];
  readonly validation: readonly EvaluationCase[];
}

/**
 * Prepares a dataset for training: sequences with something to predict, texts cut into stretches.
 *
 * @param maxLength - inputs per sequence
 * @param validationTargets - validate on this many targets only: of users that lie evenly among all, or of texts the first
 * @throws FARZI_DATA_TOO_SHORT when no text fills the context
 */
export function corpusOf(dataset: Dataset, maxLength: number, validationTargets?: number): Corpus {
  const some = dataset.task === 'recommendation' ? spreadTargets : firstTargets;
  const validation = validationTargets === undefined ? dataset.validation : some(dataset.validation, validationTargets);
  // who has a single event has nothing to predict: a baseline must not draw it in place of one that can be learned from
  const usable = dataset.train.filter((sequence) => sequence.length > 1);
  if (dataset.task === 'recommendation') return { train: usable, validation };
  const longest = usable.reduce((most, { length }) => Math.max(most, length), 0);
  if (longest <= maxLength) {
    throw new FarziError(
      'FARZI_DATA_TOO_SHORT',
      `The longest training text of ${dataset.id} has ${longest} tokens: it is too short for one window of maxLength = ${maxLength} tokens and the one after it.`,
      { hint: `Lower maxLength below ${longest}, or use a longer text.` },
    );
  }
  return { train: stretchesOf(usable, maxLength), validation };
}

/** Targets of some cases. */
export const targetsOf = (cases: readonly EvaluationCase[]): number =>
  cases.reduce((sum, { tokens, firstTarget }) => sum + tokens.length - firstTarget, 0);

/** As many cases, about, as have so many targets, evenly among all: files may be in the order in which users came. */
function spreadTargets(cases: readonly EvaluationCase[], most: number): readonly EvaluationCase[] {
  const all = targetsOf(cases);
  if (all <= most) return cases;
  const kept = (before: number): number => Math.floor((before * most) / all);
  let before = 0;
  return cases.filter((each) => {
    const from = before;
    before += targetsOf([each]);
    return kept(before) > kept(from);
  });
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
