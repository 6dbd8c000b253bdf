import { FarziError } from '../errors.js';
import type { Dataset } from './dataset.js';

/**
 * Refuses a dataset whose token ids mean something else.
 *
 * @param vocabulary - name of every token, by token id, of what is to be used with the dataset
 * @param what - what messages call that: a file
 * @throws FARZI_VOCABULARY_MISMATCH naming both sizes and the first token that differs
 */
export function requireSameVocabulary(
  { id, vocabulary: own }: Pick<Dataset, 'id' | 'vocabulary'>,
  vocabulary: readonly string[],
  what: string,
): void {
  const token = Array.from({ length: Math.max(own.length, vocabulary.length) }, (_, index) => index).find(
    (index) => own[index] !== vocabulary[index],
  );
  if (token === undefined) return;
  const shown = (name: string | undefined): string => (name === undefined ? 'not there' : JSON.stringify(name));
  throw new FarziError(
    'FARZI_VOCABULARY_MISMATCH',
    `The dataset ${id} has ${own.length} tokens, and ${what} has ${vocabulary.length}: token ${token} is ${shown(own[token])} in the dataset, and ${shown(vocabulary[token])} in the file.`,
    { hint: 'Give the dataset with the options that the data were distilled with: how it is filtered settles its vocabulary.' },
  );
}
