import { describe, expect, it } from 'vitest';
import { spaces } from './tokenizers/spaces.js';
import { characters } from './tokenizers/characters.js';
import { chooseVocabulary, countSymbols } from './vocabulary.js';

const vocabularyOf = (text: string, minimumCount = 1, maximumVocabulary?: number): string[] =>
  chooseVocabulary(countSymbols([text], spaces), { minimumCount, maximumVocabulary }, spaces);

describe('chooseVocabulary', () => {
  it('puts the most frequent first, and what came first among equals', () => {
    expect(vocabularyOf('b a c a\nb c d')).toEqual(['b', 'a', 'c', '<eos>', 'd', '<unk>']);
  });

  it('always has <unk>, at the place of its count where a corpus holds it', () => {
    expect(vocabularyOf('a <unk> <unk> b')).toEqual(['<unk>', 'a', 'b', '<eos>']);
    expect(chooseVocabulary(countSymbols(['ab'], characters), { minimumCount: 1 }, characters)).toEqual(['a', 'b', '<unk>']);
  });

  it('turns the rare into <unk>, which counts for them', () => {
    expect(vocabularyOf('a a a b b c d', 2)).toEqual(['a', 'b', '<unk>', '<eos>']);
    expect(vocabularyOf('a a a b b c d e f', 2)[0]).toBe('<unk>');
  });

  it('keeps the most frequent of a limited vocabulary, and always <unk> and <eos>', () => {
    expect(vocabularyOf('a a a b b c', 1, 4)).toEqual(['a', 'b', '<eos>', '<unk>']);
    expect(vocabularyOf('a a a a b b b c', 1, 3)).toEqual(['a', '<unk>', '<eos>']);
  });
});
