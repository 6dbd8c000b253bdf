import { describe, expect, it } from 'vitest';
import type { Dataset, EvaluationCase } from './dataset.js';
import { corpusOf } from './corpus.js';

const tokens = (length: number): Int32Array => Int32Array.from({ length }, (_, index) => index);
const text = (...lengths: readonly number[]): Dataset => ({
  id: 'novel',
  task: 'language',
  vocabulary: ['a', 'b'],
  train: lengths.map(tokens),
  validation: [],
  test: [],
  sequences: lengths.length,
  events: 0,
  protocol: '',
});
const MAX_LENGTH = 4;

describe('corpusOf', () => {
  it('cuts a text into stretches, which hold every window', () => {
    const { train } = corpusOf(text(11, 3), MAX_LENGTH);
    expect(train.map((stretch) => [...stretch])).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7],
      [4, 5, 6, 7, 8, 9, 10],
      [0, 1, 2],
    ]);
  });

  it('leaves the sequences of users whole, but for those with nothing to predict', () => {
    const { train } = corpusOf({ ...text(11, 1, 3), task: 'recommendation' }, MAX_LENGTH);
    expect(train.map(({ length }) => length)).toEqual([11, 3]);
  });

  it.each([
    [[4, 2], 4],
    [[1, 2], 2],
  ])('refuses texts of %j tokens, which fill no window', (lengths, longest) => {
    expect(() => corpusOf(text(...lengths), MAX_LENGTH)).toThrow(
      expect.objectContaining({
        code: 'FARZI_DATA_TOO_SHORT',
        message: `The longest training text of novel has ${longest} tokens: it is too short for one window of maxLength = 4 tokens and the one after it.`,
        hint: `Lower maxLength below ${longest}, or use a longer text.`,
      }) as Error,
    );
  });

  it('takes a text that fills one window', () => {
    expect(corpusOf(text(5), MAX_LENGTH).train.map(({ length }) => length)).toEqual([5]);
  });

  describe('validates on users evenly among all', () => {
    const validation: EvaluationCase[] = Array.from({ length: 10 }, (_, user) => ({ tokens: tokens(user + 2), firstTarget: user + 1 }));
    it.each([
      [1, [9]],
      [3, [3, 6, 9]],
      [5, [1, 3, 5, 7, 9]],
      [9, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
      [10, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
      [undefined, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ])('%s of ten', (most, users) => {
      const corpus = corpusOf({ ...text(9), task: 'recommendation', validation }, MAX_LENGTH, most);
      expect(corpus.validation.map((each) => validation.indexOf(each))).toEqual(users);
    });
  });

  describe('validates on the first targets', () => {
    const cases: EvaluationCase[] = [
      { tokens: tokens(6), firstTarget: 1 },
      { tokens: tokens(4), firstTarget: 3 },
      { tokens: tokens(9), firstTarget: 1 },
    ];
    const kept = (most: number | undefined) => {
      const { validation } = corpusOf({ ...text(9), validation: cases }, MAX_LENGTH, most);
      return validation.map(({ tokens: { length }, firstTarget }) => [length, firstTarget]);
    };

    it.each([
      [1, [[2, 1]]],
      [5, [[6, 1]]],
      [
        6,
        [
          [6, 1],
          [4, 3],
        ],
      ],
      [
        8,
        [
          [6, 1],
          [4, 3],
          [3, 1],
        ],
      ],
      [
        99,
        [
          [6, 1],
          [4, 3],
          [9, 1],
        ],
      ],
      [
        undefined,
        [
          [6, 1],
          [4, 3],
          [9, 1],
        ],
      ],
    ])('%s of them', (most, expected) => {
      expect(kept(most)).toEqual(expected);
    });
  });
});
