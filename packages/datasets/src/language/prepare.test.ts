import { checkDataset } from '@farzi/core/testing';
import { describe, expect, it } from 'vitest';
import { errorFrom } from '../../test/support/rejection.js';
import type { TextOptions } from './options.js';
import type { CorpusSource } from './corpus.js';
import { prepare } from './prepare.js';

const source: CorpusSource = {
  id: 'test',
  path: '/data/corpus.txt',
  name: 'corpus.txt',
  split: 'split by files',
  splitHint: 'Put text in them.',
  isPretokenized: true,
};
const options: TextOptions = { tokenizer: 'word', lowercase: false, minimumCount: 1 };
const corpus = { train: ['a b a\nc a\n'], validation: ['b\n'], test: ['a d\n', 'c'] };

describe('prepare', () => {
  it('makes one sequence of a document, and every held-out token a target after an <eos>', () => {
    const data = prepare(corpus, source, options);
    checkDataset(data);
    expect(data.vocabulary).toEqual(['a', '<eos>', 'b', 'c', '<unk>']);
    expect(data.train).toEqual([Int32Array.of(0, 2, 0, 1, 3, 0, 1)]);
    expect(data.validation).toEqual([{ tokens: Int32Array.of(1, 2, 1), firstTarget: 1 }]);
    expect(data.test).toEqual([
      { tokens: Int32Array.of(1, 0, 4, 1), firstTarget: 1 },
      { tokens: Int32Array.of(1, 3, 1), firstTarget: 1 },
    ]);
    expect(data).toMatchObject({ sequences: 1, events: 7 });
    expect(data).not.toHaveProperty('characters');
    expect(data.tokenizer?.decode(data.train[0] ?? [])).toBe('a b a\nc a\n');
  });

  it('tells how in the protocol', () => {
    expect(prepare(corpus, source, options).protocol).toBe(
      'corpus.txt: words split at white space, <eos> after each line; the vocabulary is 5 tokens: all those of the training text, and <unk>, most frequent first; split by files: 7 training, 2 validation and 5 test tokens, 20.00% of the test tokens being <unk>; every validation and test token is predicted, the first of a document after an <eos>.',
    );
    const more = { ...corpus, train: ['a B a\nC a b\n'] };
    expect(prepare(more, source, { ...options, lowercase: true, minimumCount: 2, maximumVocabulary: 1000 }).protocol).toContain(
      ': lower-cased words split at white space, <eos> after each line; the vocabulary is 4 tokens: those that occur at least 2 times in the training text, at most 1,000 in all, and <unk>',
    );
  });

  it.each(['character', 'subword'] as const)('puts a line break before %ss where there is one, and counts characters', (tokenizer) => {
    const data = prepare({ ...corpus, test: ['a cé'] }, source, { ...options, tokenizer });
    checkDataset(data);
    const [first] = data.test;
    expect(data.vocabulary[first?.tokens[0] ?? -1]).toBe('\n');
    expect(first?.firstTarget).toBe(1);
    expect(data.characters?.[data.vocabulary.indexOf('a')]).toBe(1);
    expect(data.characters?.[data.tokenizer?.unknown ?? -1]).toBe(tokenizer === 'character' ? 1 : 0);
    expect(data.protocol).toContain('the first of a document after a line break.');
  });

  it('does not predict the first character where no line break is known, and tells it', () => {
    const data = prepare({ train: ['abab'], validation: ['ab'], test: ['aab', 'b'] }, source, { ...options, tokenizer: 'character' });
    checkDataset(data);
    expect(data.test).toEqual([{ tokens: Int32Array.of(0, 0, 1), firstTarget: 1 }]);
    expect(data.protocol).toContain('every validation and test token but the first of a document is predicted.');
    expect(data.protocol).toContain('4 training, 1 validation and 2 test tokens');
  });

  it.each(['word', 'character', 'subword'] as const)('lets no held-out text reach the vocabulary of %ss', (tokenizer) => {
    const chosen = { ...options, tokenizer };
    const { vocabulary, train } = prepare(corpus, source, chosen);
    const other = prepare({ ...corpus, validation: ['zz yy xx\n'], test: ['Ω b b b b b b b b\n'] }, source, chosen);
    expect(other.vocabulary).toEqual(vocabulary);
    expect(other.train).toEqual(train);
  });

  it('cuts raw text into words and punctuation marks', () => {
    const data = prepare({ train: ['A, b.'], validation: ['b'], test: ['A\n\nb'] }, { ...source, isPretokenized: false }, options);
    expect(data.vocabulary).toEqual(['A', ',', 'b', '.', '<eos>', '<unk>']);
    expect(data.test[0]?.tokens).toEqual(Int32Array.of(4, 0, 4, 2, 4));
  });

  it('passes over documents without a token', () => {
    const data = prepare({ train: ['', 'a b\n'], validation: ['', 'a'], test: ['b', ''] }, source, options);
    expect([data.sequences, data.validation.length, data.test.length]).toEqual([1, 1, 1]);
  });
});

describe('prepare refuses', () => {
  it.each([[[]], [['']]])('training texts that are empty: %j', (train) => {
    expect(errorFrom(() => prepare({ ...corpus, train }, source, options))).toEqual({
      code: 'FARZI_DATA_EMPTY',
      message: 'The corpus /data/corpus.txt holds no text.',
      hint: 'Check that the path is right and that the file is complete.',
    });
  });

  it.each(['validation', 'test'])('an empty %s text', (split) => {
    expect(errorFrom(() => prepare({ ...corpus, [split]: [''] }, source, options))).toEqual({
      code: 'FARZI_DATA_MISSING_SPLIT',
      message: `The corpus /data/corpus.txt has no ${split} text.`,
      hint: 'Put text in them.',
    });
  });

  it('a vocabulary with nothing to predict', () => {
    expect(errorFrom(() => prepare({ ...corpus, train: ['aaa'] }, source, { ...options, tokenizer: 'character' }))).toEqual({
      code: 'FARZI_DATA_VOCABULARY_TOO_SMALL',
      message: 'The training text of /data/corpus.txt leaves 1 distinct token besides <unk> and <eos>, and prediction needs two.',
      hint: 'The tokenizer is character and minimumCount is 1: choose a finer tokenizer, lower the count, or give more text.',
    });
  });
});
