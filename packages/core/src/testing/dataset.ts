import type { Dataset, EvaluationCase } from '../data/dataset.js';
import { check } from './assert.js';

/**
 * Checks that a loaded dataset keeps its contract: token ids lie in the vocabulary, names are distinct, every evaluation case has a target with something before it,
 * and training data hold no target of validation or test at its place.
 *
 * @throws ConformanceError naming the check that failed
 */
export function checkDataset(dataset: Dataset): void {
  const { id, vocabulary, train, validation, test } = dataset;
  check(vocabulary.length >= 2, `${id}: the vocabulary has ${vocabulary.length} tokens`);
  check(new Set(vocabulary).size === vocabulary.length, `${id}: the vocabulary names a token twice`);
  check(
    dataset.titles === undefined || dataset.titles.length === vocabulary.length,
    `${id}: there are ${dataset.titles?.length ?? 0} titles for ${vocabulary.length} tokens`,
  );
  check(dataset.protocol.trim().length > 0, `${id}: the protocol is empty`);
  const inside = (tokens: Int32Array): boolean => tokens.every((token) => token >= 0 && token < vocabulary.length);
  check(train.every(inside), `${id}: a training sequence has a token outside the vocabulary`);
  const splits: readonly (readonly [string, readonly EvaluationCase[]])[] = [
    ['validation', validation],
    ['test', test],
  ];
  for (const [name, cases] of splits) {
    check(cases.length > 0, `${id}: ${name} is empty`);
    for (const { tokens, firstTarget } of cases) {
      check(inside(tokens), `${id}: a ${name} case has a token outside the vocabulary`);
      check(
        firstTarget >= 1 && firstTarget < tokens.length,
        `${id}: a ${name} case of ${tokens.length} tokens has its first target at ${firstTarget}`,
      );
    }
  }
}
