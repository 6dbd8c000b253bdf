import { describe, expect, it } from 'vitest';
import type { Dataset, EvaluationCase } from '../data/dataset.js';
import { leaveOneOut } from '../data/leave-one-out.js';
import { RandomStream } from '../random/stream.js';
import { checkDataset } from './dataset.js';

const ITEMS = 40;
const stream = new RandomStream(1, 'datasets');
const users = Array.from({ length: 120 }, (_, user) => Int32Array.from({ length: 3 + (user % 9) }, () => stream.integer(ITEMS)));
// two users with the same history, and one who repeats an item
users.push(Int32Array.of(1, 2, 3, 4), Int32Array.of(1, 2, 3, 4), new Int32Array(9).fill(7));

const events: Dataset = {
  ...{ id: 'shop', task: 'recommendation', protocol: 'Leave one out.' },
  vocabulary: Array.from({ length: ITEMS }, (_, item) => `item ${item}`),
  ...leaveOneOut(users),
  sequences: users.length,
  events: users.reduce((sum, { length }) => sum + length, 0),
};

const words = Array.from({ length: 200 }, (_, word) => `${word} is a word`);
const text = (name: string, length: number): Int32Array => {
  const draw = stream.child(name);
  return Int32Array.from({ length }, () => draw.integer(words.length));
};
const train = [text('one', 400), text('two', 300)];
const whole = (tokens: Int32Array): EvaluationCase => ({ tokens, firstTarget: 1 });
const texts: Dataset = {
  ...{ id: 'book', task: 'language', protocol: 'Chapters.', vocabulary: words, train },
  ...{ validation: [whole(text('three', 60))], test: [whole(text('four', 60))] },
  ...{ sequences: 2, events: 700 },
};
/** A test text in which a passage of a training text stands. */
const quoting = (from: number, to: number): Dataset => ({
  ...texts,
  test: [whole(Int32Array.of(...text('before', 11), ...(train[0] as Int32Array).subarray(from, to), ...text('after', 30)))],
});

describe('checkDataset', () => {
  it('accepts events that are split by user, and by users', () => {
    expect(() => {
      checkDataset(events);
    }).not.toThrow();
    const half = <T>(list: readonly T[], part: 0 | 1): readonly T[] => list.filter((_, index) => index % 2 === part);
    const byUsers = {
      ...events,
      train: users.slice(0, 60),
      validation: half(events.test.slice(60), 0),
      test: half(events.test.slice(60), 1),
    };
    expect(() => {
      checkDataset(byUsers);
    }).not.toThrow();
  });

  it('accepts histories that some users share by chance', () => {
    const [again] = users.filter(({ length }) => length === 11) as [Int32Array];
    const shared = [...users, Int32Array.of(...again, 3, 4, 5)];
    const shuffled = leaveOneOut(shared);
    expect(() => {
      checkDataset({ ...events, ...shuffled, train: [...shuffled.train].reverse().concat(Int32Array.of(1, 2)) });
    }).not.toThrow();
  });

  it('accepts texts, sayings that they share, and what repeats itself', () => {
    expect(() => {
      checkDataset(texts);
    }).not.toThrow();
    expect(() => {
      checkDataset(quoting(103, 122));
    }).not.toThrow();
    const dots = { ...texts, train: [...train, new Int32Array(50).fill(3)], test: [whole(new Int32Array(90).fill(3))] };
    expect(() => {
      checkDataset(dots);
    }).not.toThrow();
    const letters = { ...quoting(100, 150), vocabulary: words.map((_, token) => String.fromCodePoint(200 + token)) };
    expect(() => {
      checkDataset(letters);
    }).not.toThrow();
  });

  const swap = (list: readonly EvaluationCase[], user: number, change: Partial<EvaluationCase>): EvaluationCase[] =>
    list.map((each, index) => (index === user ? { ...each, ...change } : each));
  const rows: readonly (readonly [string, Dataset, string | RegExp])[] = [
    ['no list of cases', { ...events, test: undefined as never }, 'The dataset shop has no list of test cases.'],
    ['no protocol', { ...events, protocol: ' ' }, /^The dataset shop has no protocol/],
    ['an empty test', { ...events, test: [] }, 'The dataset shop has no test cases.'],
    [
      'ids outside the vocabulary',
      { ...events, train: [Int32Array.of(1, 40)] },
      /^The dataset shop holds the token 40 in training sequence 0/,
    ],
    [
      'a target with nothing before it',
      { ...events, test: swap(events.test, 0, { firstTarget: 0 }) },
      /^The dataset shop has its first target at 0/,
    ],
    [
      'a name that stands for two tokens',
      { ...events, vocabulary: events.vocabulary.with(3, 'item 2') },
      'shop: The vocabulary names "item 2" twice.',
    ],
    [
      'a validation target in training',
      { ...events, train: events.train.with(5, (users[5] as Int32Array).subarray(0, -1)) },
      'shop: Training sequence 5 holds the target of validation case 5, which follows the same events.',
    ],
    [
      'a test target in training',
      { ...events, train: events.train.with(4, users[4] as Int32Array), validation: events.validation.slice(0, -1) },
      'shop: Training sequence 4 holds the target of test case 4, which follows the same events.',
    ],
    [
      'a test target in validation',
      {
        ...events,
        validation: swap(events.validation, 7, { tokens: users[7] as Int32Array, firstTarget: (users[7] as Int32Array).length - 2 }),
      },
      'shop: Validation case 7 holds the target of test case 7, which follows the same events.',
    ],
    [
      'whole histories in training, in another order',
      { ...events, train: [...users].reverse().concat(Int32Array.of(1, 2)) },
      /^shop: Training sequences begin with \d+ of 123 validation cases, target included, the first of which is case \d/,
    ],
    [
      'tests that leave out the validation event',
      {
        ...events,
        test: users.map((tokens) => ({
          tokens: Int32Array.of(...tokens.subarray(0, -2), ...tokens.subarray(-1)),
          firstTarget: tokens.length - 2,
        })),
      },
      /^shop: 123 of 123 test cases follow what the validation case of the same user follows: the validation event is missing in between/,
    ],
    [
      'a test text that is mostly learned',
      quoting(100, 150),
      /^book: Training texts hold 50 of 90 targets of test case 0, as in "\d+ is a word" .* \.\.\.\.$/,
    ],
    [
      'many passages of training texts in test',
      { ...texts, test: [whole(text('five', 800)), ...quoting(100, 120).test] },
      /^book: Training texts hold 20 of 859 targets of test, as in/,
    ],
    [
      'a validation text that is learned',
      { ...texts, train: [...train, ...texts.validation.map(({ tokens }) => tokens)] },
      /^book: Training texts hold 59 of 59 targets of validation case 0/,
    ],
  ];
  it.each(rows)('finds %s', (_name, dataset, message) => {
    expect(() => {
      checkDataset(dataset);
    }).toThrow(message);
  });
});
