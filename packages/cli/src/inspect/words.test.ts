import type { SyntheticPackage, Tokenizer } from '@farzi/core';
import { expect, it } from 'vitest';
import { itemWords, textWords } from './words.js';

const packaged = (vocabulary: readonly string[], titles?: readonly string[]) =>
  ({ vocabulary, ...(titles === undefined ? {} : { titles }) }) as unknown as SyntheticPackage;

it('items go by their titles, else by their original names, without line breaks and control characters', () => {
  expect(itemWords(packaged(['17', '23'], ['Alien (1979)', 'Heat\n(1995)\u001b'])).text([0, 1])).toBe('Alien (1979) > Heat (1995)\uFFFD');
  expect(itemWords(packaged(['17', '23'])).name(1)).toBe('23');
});

it('a text is decoded as a whole, and its tokens are quoted', () => {
  const tokenizer: Tokenizer = { encode: () => new Int32Array(), decode: (tokens) => `${tokens.length}\u001b\n`, unknown: 0, saved: {} };
  const words = textWords(packaged(['\n', 'a"', '\u0007']), tokenizer);
  expect([0, 1, 2].map((token) => words.name(token))).toEqual(['"\\n"', '"a\\""', '"\\u0007"']);
  expect(words.text([0, 1])).toBe('2\uFFFD\n');
});
