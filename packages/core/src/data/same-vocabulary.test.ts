import { expect, it } from 'vitest';
import { isFarziError } from '../errors.js';
import { requireSameVocabulary } from './same-vocabulary.js';

const refusal = (own: readonly string[], other: readonly string[]): string | undefined => {
  try {
    requireSameVocabulary({ id: 'clicks', vocabulary: own }, other, 'a.farzi');
    return undefined;
  } catch (error) {
    return isFarziError(error) ? `${error.code} ${error.message}` : String(error);
  }
};

it.each([
  [['a', 'b'], ['a', 'b'], undefined],
  [
    ['a', 'b'],
    ['a', 'c'],
    'FARZI_VOCABULARY_MISMATCH The dataset clicks has 2 tokens, and a.farzi has 2: token 1 is "b" in the dataset, and "c" in the file.',
  ],
  [
    ['a'],
    ['a', 'b'],
    'FARZI_VOCABULARY_MISMATCH The dataset clicks has 1 tokens, and a.farzi has 2: token 1 is not there in the dataset, and "b" in the file.',
  ],
  [
    ['a', 'b', 'c'],
    ['a', 'b'],
    'FARZI_VOCABULARY_MISMATCH The dataset clicks has 3 tokens, and a.farzi has 2: token 2 is "c" in the dataset, and not there in the file.',
  ],
])('%j beside %j: %s', (own, other, expected) => {
  expect(refusal(own, other)).toBe(expected);
});
