import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { characters } from './characters.js';
import type { Segmentation } from './segmentation.js';
import { spaces } from './spaces.js';
import { subwords } from './subwords.js';
import { words } from './words.js';

const cut = (segmentation: Segmentation, text: string): string[] => [...segmentation.cut(text)];
const codePoints = (text: string): number => Array.from(text).length;
const anyText = fc.string({
  unit: fc.constantFrom('a', 'B', ' ', '\n', 'é', '—', '👍🏽', '日', '\u0301', '<unk>', '<|endoftext|>', "'s", '0'),
});

describe('characters', () => {
  it('are code points', () => {
    expect(cut(characters, 'aé\n👍')).toEqual(['a', 'é', '\n', '👍']);
  });

  it('show what is unknown as U+FFFD', () => {
    expect(characters.join(['a', '<unk>', 'b'])).toBe('a\uFFFDb');
  });
});

describe('spaces', () => {
  it('cut at white space and end every line, empty ones too', () => {
    expect(cut(spaces, ' a  <unk> \n \nb\n')).toEqual(['a', '<unk>', '<eos>', '<eos>', 'b', '<eos>']);
  });

  it('do not end what has no line break, such as a prompt', () => {
    expect(cut(spaces, 'a b')).toEqual(['a', 'b']);
  });

  it('end the last line of a document once', () => {
    expect(['', 'a', 'a\n', 'a\n\n'].map((document) => spaces.complete(document))).toEqual(['', 'a\n', 'a\n', 'a\n\n']);
  });

  it('give the same tokens for what they join', () => {
    const tokens = fc.array(fc.constantFrom('a', "n't", '<unk>', '<eos>', ','));
    fc.assert(
      fc.property(tokens, (symbols) => {
        expect(cut(spaces, spaces.join(symbols))).toEqual(symbols);
      }),
    );
  });
});

describe('words', () => {
  it('cut off punctuation, drop white space and end paragraphs', () => {
    expect(cut(words, `"Don't," she said.\nTwice!\n \n\nEnd`)).toEqual([
      '"',
      "Don't",
      ',',
      '"',
      'she',
      'said',
      '.',
      'Twice',
      '!',
      '<eos>',
      'End',
    ]);
  });

  it.each([
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\n\n', ['a', '<eos>']],
    ['\n\na\r\n\r\nb', ['a', '<eos>', 'b']],
    [words.complete('a\n\n'), ['a', '<eos>']],
    [' \n\n \n', []],
  ])('%j is %j', (text, expected) => {
    expect(cut(words, text)).toEqual(expected);
  });

  it('cut languages without blanks', () => {
    expect(cut(words, '吾輩は猫である。')).toContain('猫');
  });

  it.each([
    ['words', 'word '.repeat(200_000), 200_000],
    ['a language without blanks', '👍。'.repeat(100_000), 200_000],
  ])('take no more than their time for a long paragraph of %s', (_name, paragraph, count) => {
    expect(cut(words, paragraph)).toHaveLength(count);
  });

  it.each(['Hello, world! (Yes; no.)\n\n“What?” he asked—twice.', 'a half-mast, 10%…'])('join to readable text: %s', (text) => {
    expect(words.join(cut(words, text))).toBe(text);
  });
});

describe('subwords', () => {
  it('are those of GPT-2', () => {
    expect(cut(subwords, 'Hello world, tokenization!\n')).toEqual(['Hello', ' world', ',', ' token', 'ization', '!', '\n']);
  });

  it('take control tokens for text', () => {
    expect(cut(subwords, '<|endoftext|>').length).toBeGreaterThan(1);
  });

  it('name bytes that are no text, and put them together again', () => {
    const symbols = cut(subwords, '👍');
    expect(symbols.every((symbol) => /^(?:<0x[0-9A-F]{2}>)+$/.test(symbol))).toBe(true);
    expect(subwords.join(symbols)).toBe('👍');
    expect(subwords.join([...symbols.slice(0, 1), '<unk>', 'a'])).toBe('\uFFFD\uFFFDa');
  });

  it('lose nothing of a text, and count its characters', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const symbols = cut(subwords, text);
        expect(subwords.join(symbols)).toBe(text);
        expect(symbols.reduce((sum, symbol) => sum + (subwords.charactersOf?.(symbol) ?? Number.NaN), 0)).toBe(codePoints(text));
      }),
    );
  });
});
