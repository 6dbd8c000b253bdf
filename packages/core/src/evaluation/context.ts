import { occurrencesOf } from '../data/counts.js';
import type { Dataset } from '../data/dataset.js';
import type { EvaluationContext } from './evaluate.js';

/** What evaluation knows of a dataset besides the cases. */
export function evaluationContextOf({ vocabulary, train, characters }: Dataset): EvaluationContext {
  return {
    vocabularySize: vocabulary.length,
    occurrences: occurrencesOf(train, vocabulary.length),
    ...(characters === undefined ? {} : { characters }),
  };
}
