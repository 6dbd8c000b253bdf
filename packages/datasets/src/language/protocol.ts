import type { Dataset } from '@farzi/core';
import { formatCount } from '../files/errors.js';
import { targetsOf } from './evaluation-cases.js';
import type { TextOptions } from './options.js';
import type { CorpusSource } from './corpus.js';
import { endSymbol, unknownSymbol } from './symbols.js';
import type { Segmentation } from './tokenizers/segmentation.js';

/** What a protocol tells about. */
export interface ProtocolParts {
  readonly source: CorpusSource;
  readonly options: TextOptions;
  readonly segmentation: Segmentation;
  readonly vocabulary: readonly string[];
  readonly splits: Pick<Dataset, 'train' | 'validation' | 'test'>;
  /** Id of `<unk>`. */
  readonly unknown: number;
  /** True where a token stands before the first of each document. */
  readonly hasStart: boolean;
}

/** How a corpus was cut, numbered and split, in one sentence. */
export function protocolOf({ source, options, segmentation, vocabulary, splits, unknown, hasStart }: ProtocolParts): string {
  const test = targetsOf(splits.test);
  const counts = [splits.train, targetsOf(splits.validation), test].map(countTokens);
  const [train, validation] = counts.map(formatCount);
  const unknownShare = countTokens(test.map((tokens) => tokens.filter((token) => token === unknown))) / countTokens(test);
  return [
    `${source.name}: ${segmentation.description}`,
    `the vocabulary is ${formatCount(vocabulary.length)} tokens: ${ruleOf(options)}, and ${unknownSymbol}, most frequent first`,
    `${source.split}: ${train} training, ${validation} validation and ${formatCount(countTokens(test))} test tokens, ${(100 * unknownShare).toFixed(2)}% of the test tokens being ${unknownSymbol}`,
    hasStart
      ? `every validation and test token is predicted, the first of a document after ${segmentation.marksEnds ? `an ${endSymbol}` : 'a line break'}.`
      : 'every validation and test token but the first of a document is predicted.',
  ].join('; ');
}

function ruleOf({ minimumCount, maximumVocabulary }: TextOptions): string {
  const counted =
    minimumCount === 1 ? 'all those of the training text' : `those that occur at least ${minimumCount} times in the training text`;
  return maximumVocabulary === undefined ? counted : `${counted}, at most ${formatCount(maximumVocabulary)} in all`;
}

function countTokens(sequences: readonly Int32Array[]): number {
  return sequences.reduce((sum, { length }) => sum + length, 0);
}
