import { describe, expect, it } from 'vitest';
import { toyConfig } from '../../test/toy-experiment.js';
import type { Dataset, EvaluationCase } from './dataset.js';
import { corpusOf, requireCharacters } from './corpus.js';
import type { ResolvedExperiment } from '../config/resolve.js';

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
const language = (...overrides: readonly string[]) => toyConfig('task=language', 'maxLength=4', ...overrides);

describe('corpusOf', () => {
  it('cuts a text into stretches, which hold every window', () => {
    const { train } = corpusOf(text(11, 3), language());
    expect(train.map((stretch) => [...stretch])).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7],
      [4, 5, 6, 7, 8, 9, 10],
      [0, 1, 2],
    ]);
  });

  it('leaves the sequences of users whole, but for those with nothing to predict', () => {
    const { train } = corpusOf({ ...text(11, 1, 3), task: 'recommendation' }, toyConfig('maxLength=4'));
    expect(train.map(({ length }) => length)).toEqual([11, 3]);
  });

  it.each([
    [[4, 2], 4],
    [[1, 2], 2],
  ])('refuses texts of %j tokens, which fill no window', (lengths, longest) => {
    expect(() => corpusOf(text(...lengths), language())).toThrow(
      expect.objectContaining({
        code: 'FARZI_DATA_TOO_SHORT',
        message: `the longest training text of novel has ${longest} tokens: too short for one window of maxLength = 4 tokens and the one after it`,
        hint: `Lower maxLength below ${longest}, or use a longer text.`,
      }) as Error,
    );
  });

  it('takes a text that fills one window', () => {
    expect(corpusOf(text(5), language()).train.map(({ length }) => length)).toEqual([5]);
  });

  describe('looks at the first targets of validation', () => {
    const cases: EvaluationCase[] = [
      { tokens: tokens(6), firstTarget: 1 },
      { tokens: tokens(4), firstTarget: 3 },
      { tokens: tokens(9), firstTarget: 1 },
    ];
    const kept = (most: number | undefined) => {
      const { validation } = corpusOf(
        { ...text(9), validation: cases },
        language(...(most === undefined ? [] : [`evaluation.validationTargets=${most}`])),
      );
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

describe('requireCharacters', () => {
  const metric = (key: string, needsCharacters: boolean) => ({ key, needsCharacters });
  const experiment = (...needs: readonly [metrics: boolean, selection: boolean]) =>
    ({
      metrics: [metric('loss', false), metric('bits', needs[0])],
      selection: metric('bits too', needs[1]),
    }) as unknown as ResolvedExperiment;
  const check = (dataset: Dataset, needs: readonly [boolean, boolean]) => () => {
    requireCharacters(dataset, experiment(...needs));
  };

  it.each([
    [[true, false] as const, 'bits'],
    [[false, true] as const, 'bits too'],
  ])('refuses a metric that counts characters where tokens stand for an unknown number of them', (needs, key) => {
    expect(check(text(9), needs)).toThrow(
      expect.objectContaining({
        code: 'FARZI_CONFIG_INVALID',
        message: `the metric ${key} counts characters, and novel does not say how many its tokens stand for`,
        hint: 'Take it out of evaluation, or use tokenizer: character or subword.',
      }) as Error,
    );
  });

  it('allows it where they are known, and everything else always', () => {
    expect(check({ ...text(9), characters: [1, 1] }, [true, true])).not.toThrow();
    expect(check(text(9), [false, false])).not.toThrow();
  });
});
