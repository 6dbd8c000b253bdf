import { expect, it } from 'vitest';
import type { Tokenizer } from '../data/dataset.js';
import { readPrompt } from './prompt.js';

const known = ['<unk>', 'a', 'b'];
const tokenizer: Tokenizer = {
  encode: (text) => Int32Array.from(text.split(' ').filter(Boolean), (word) => Math.max(0, known.indexOf(word))),
  decode: () => '',
  unknown: 0,
  saved: {},
};

it('counts what is not in the vocabulary', () => {
  expect(readPrompt('a b', tokenizer)).toEqual({ tokens: Int32Array.of(1, 2), unknown: 0 });
  expect(readPrompt('a x b y', tokenizer)).toEqual({ tokens: Int32Array.of(1, 0, 2, 0), unknown: 2 });
});

it.each([
  ['', 'The prompt is empty.', 'Give at least one word to go on from.'],
  ['  ', 'The prompt is empty.', 'Give at least one word to go on from.'],
  [
    'x "y"',
    String.raw`Nothing of the prompt "x \"y\"" is in the vocabulary.`,
    'Use words that occur in the training text, and mind capitals and spelling.',
  ],
])('refuses %j', (text, message, hint) => {
  expect(() => readPrompt(text, tokenizer)).toThrow(expect.objectContaining({ code: 'FARZI_PROMPT', message, hint }) as Error);
});
