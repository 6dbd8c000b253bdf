import { FarziError, type Dataset, type EvaluationCase } from '@farzi/core';
import { plural } from '../files/errors.js';
import type { Corpus, CorpusSource } from './corpus.js';
import { toCases } from './evaluation-cases.js';
import { segmentationFor, type TextOptions } from './options.js';
import { protocolOf } from './protocol.js';
import { endSymbol, unknownSymbol } from './symbols.js';
import { makeTokenizer, segmentationOf } from './tokenizers/tokenizer.js';
import { chooseVocabulary, countSymbols } from './vocabulary.js';

/**
 * Cuts a corpus into tokens, numbers them by a vocabulary of the training text alone, and makes evaluation cases of
 * what is held out.
 * @throws FARZI_DATA_EMPTY, FARZI_DATA_MISSING_SPLIT, FARZI_DATA_VOCABULARY_TOO_SMALL
 */
export function prepare(corpus: Corpus, source: CorpusSource, options: TextOptions): Dataset {
  const settings = { segmentation: segmentationFor(options.tokenizer, source.isPretokenized), lowercase: options.lowercase };
  const segmentation = segmentationOf(settings);
  const counts = countSymbols(corpus.train, segmentation);
  requireText(counts, source);
  const vocabulary = chooseVocabulary(counts, options, segmentation);
  requireChoice(vocabulary, source, options);

  const tokenizer = makeTokenizer(settings, vocabulary);
  const encode = (documents: readonly string[]): Int32Array[] =>
    documents.map((document) => tokenizer.encode(segmentation.complete(document))).filter(({ length }) => length > 0);
  const lineEnd = vocabulary.indexOf(segmentation.marksEnds ? endSymbol : '\n');
  const start = lineEnd === -1 ? undefined : lineEnd;
  const splits = {
    train: encode(corpus.train),
    validation: toCases(encode(corpus.validation), start),
    test: toCases(encode(corpus.test), start),
  };
  requireCases('validation', splits.validation, source);
  requireCases('test', splits.test, source);

  const { charactersOf } = segmentation;
  const { licence } = source;
  return {
    id: source.id,
    task: 'language',
    vocabulary,
    tokenizer,
    ...(charactersOf === undefined ? {} : { characters: vocabulary.map(charactersOf) }),
    ...splits,
    sequences: splits.train.length,
    events: splits.train.reduce((sum, { length }) => sum + length, 0),
    protocol: protocolOf({ source, options, segmentation, vocabulary, splits, unknown: tokenizer.unknown, hasStart: start !== undefined }),
    ...(licence === undefined ? {} : { licence }),
  };
}

function requireText(counts: ReadonlyMap<string, number>, { path }: CorpusSource): void {
  if (counts.size > 0) return;
  throw new FarziError('FARZI_DATA_EMPTY', `The corpus ${path} holds no text.`, {
    hint: 'Check that the path is right and that the file is complete.',
  });
}

function requireChoice(vocabulary: readonly string[], { path }: CorpusSource, { tokenizer, minimumCount }: TextOptions): void {
  const ordinary = vocabulary.filter((symbol) => symbol !== unknownSymbol && symbol !== endSymbol).length;
  if (ordinary >= 2) return;
  throw new FarziError(
    'FARZI_DATA_VOCABULARY_TOO_SMALL',
    `The training text of ${path} leaves ${plural(ordinary, 'distinct token')} besides ${unknownSymbol} and ${endSymbol}, and prediction needs two.`,
    {
      hint: `The tokenizer is ${tokenizer} and minimumCount is ${minimumCount}: choose a finer tokenizer, lower the count, or give more text.`,
    },
  );
}

function requireCases(split: 'validation' | 'test', cases: readonly EvaluationCase[], { path, splitHint }: CorpusSource): void {
  if (cases.length === 0) throw new FarziError('FARZI_DATA_MISSING_SPLIT', `The corpus ${path} has no ${split} text.`, { hint: splitHint });
}
