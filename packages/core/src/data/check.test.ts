import { describe, expect, it } from 'vitest';
import { refusal } from '../../test/refusal.js';
import { checkCases, checkData, type Split } from './check.js';
import type { Dataset } from './dataset.js';

const sound: Dataset = {
  id: 'toy',
  task: 'recommendation',
  vocabulary: ['a', 'b', 'c'],
  titles: ['A', 'B', 'C'],
  train: [Int32Array.of(0, 1, 2), Int32Array.of(2)],
  validation: [{ tokens: Int32Array.of(0, 1, 2, 0), firstTarget: 3 }],
  test: [{ tokens: Int32Array.of(0, 1, 2, 0, 1), firstTarget: 4 }],
  sequences: 2,
  events: 6,
  protocol: 'Leave one out.',
};
const refused = (changes: Readonly<Record<string, unknown>>, splits: readonly Split[] = ['validation', 'test']) =>
  refusal(() => {
    checkData({ ...sound, ...changes }, 'recommendation', splits);
  });

describe('a dataset', () => {
  it('that keeps its contract passes, with splits that are not asked for left empty', () => {
    expect(() => {
      checkData(sound, 'recommendation', ['validation', 'test']);
      checkData({ ...sound, test: [] }, 'recommendation');
      checkData({ ...sound, characters: [1, 2, 3] }, 'recommendation');
    }).not.toThrow();
  });

  it.each([
    ['another task', { task: 'language' }, 'is for language, and is used for recommendation'],
    ['no task', { task: undefined }, 'is for undefined, and is used for recommendation'],
    ['no protocol', { protocol: undefined }, 'has no protocol: one sentence that says how the data were filtered, ordered and split'],
    ['an empty protocol', { protocol: ' ' }, 'has no protocol: one sentence that says how the data were filtered, ordered and split'],
    ['no vocabulary', { vocabulary: undefined }, 'has no vocabulary, which is a list of strings'],
    ['numbers as names', { vocabulary: ['a', 2, 'c'] }, 'has no vocabulary, which is a list of strings'],
    ['too few titles', { titles: ['A'] }, 'has 1 titles for 3 tokens'],
    ['titles that are none', { titles: 'ABC' }, 'has titles that are no list of strings'],
    ['missing titles', { titles: ['A', undefined, 'C'] }, 'has titles that are no list of strings'],
    ['too many characters', { characters: [1, 1, 1, 1] }, 'has 4 characters for 3 tokens'],
    ['characters as text', { characters: ['a', 'b', 'c'] }, 'has characters that are no list of numbers'],
    ['uncounted events', { events: undefined }, 'counts undefined events'],
    ['half a sequence', { sequences: 1.5 }, 'counts 1.5 sequences'],
    ['no training data', { train: undefined }, 'has no training sequences'],
    ['a plain array', { train: [[0, 1]] }, 'has a training sequence 0 that is no Int32Array'],
    ['a missing sequence', { train: [Int32Array.of(0, 1), undefined] }, 'has a training sequence 1 that is no Int32Array'],
    ['an id too large', { train: [Int32Array.of(0, 3)] }, 'holds the token 3 in training sequence 0 at 1, outside its vocabulary of 3'],
    ['an id below 0', { train: [Int32Array.of(0, -1)] }, 'holds the token -1 in training sequence 0 at 1, outside its vocabulary of 3'],
    ['no validation', { validation: undefined }, 'has no list of validation cases'],
    ['empty validation', { validation: [] }, 'has no validation cases'],
    ['an empty test', { test: [] }, 'has no test cases'],
    ['a test of sequences', { test: [Int32Array.of(0, 1)] }, 'has a test case 0 that is no Int32Array'],
    ['a missing case', { validation: [undefined] }, 'has a validation case 0 that is no Int32Array'],
    [
      'an unknown token in a case',
      { test: [{ tokens: Int32Array.of(0, 9), firstTarget: 1 }] },
      'holds the token 9 in test case 0 at 1, outside its vocabulary of 3',
    ],
    ...[0, 2, 1.5, undefined].map((firstTarget): [string, Record<string, unknown>, string] => [
      `a first target at ${firstTarget}`,
      { test: [{ tokens: Int32Array.of(0, 1), firstTarget }] },
      `has its first target at ${firstTarget} in test case 0 of 2 tokens`,
    ]),
  ])('with %s is refused', (_what, changes, problem) => {
    expect(refused(changes)).toEqual({
      code: 'FARZI_DATA_INVALID',
      message: `The dataset toy ${problem}.`,
      hint: "Correct the data, or report this to the author of the plugin that makes them: checkDataset finds it in the plugin's tests.",
    });
  });

  it('that is not even there is refused', () => {
    const call = (): void => {
      checkData(undefined as unknown as Dataset, 'language');
    };
    expect(refusal(call).message).toBe('The dataset without an id is for undefined, and is used for language.');
  });

  it('with fewer than two tokens, or nothing to learn from, is told as before', () => {
    expect(refused({ vocabulary: ['a'], titles: undefined })).toMatchObject({ code: 'FARZI_DATA_VOCABULARY_TOO_SMALL' });
    expect(refused({ train: [Int32Array.of(1), new Int32Array()] })).toMatchObject({
      code: 'FARZI_DATA_EMPTY',
      message: 'The dataset toy has no training sequence with two events: there is nothing to learn from.',
    });
  });
});

describe('cases on their own', () => {
  it.each([
    [[], 'The evaluation has no cases.'],
    [[{ tokens: Int32Array.of(0, 5), firstTarget: 1 }], 'The evaluation holds the token 5 in case 0 at 1, outside its vocabulary of 3.'],
    [[{ tokens: Int32Array.of(0, 1), firstTarget: 0 }], 'The evaluation has its first target at 0 in case 0 of 2 tokens.'],
  ])('%j are refused', (cases, message) => {
    const call = (): void => {
      checkCases(cases, 3);
    };
    expect(refusal(call)).toMatchObject({ code: 'FARZI_DATA_INVALID', message });
  });
});
