import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import type { EvaluationCase } from '../data/dataset.js';
import { RandomStream } from '../random/stream.js';
import { headSequences, popularityScorer, randomSequences } from './baselines.js';
import { evaluate, type Prediction, type Scorer } from './evaluate.js';
import type { Metric, Observation } from './metric.js';
import { meanAndDeviation } from './statistics.js';

/** A metric that keeps what it observes. */
function collector(): { metric: Metric; observed: Observation[] } {
  const observed: Observation[] = [];
  const metric: Metric = {
    key: 'seen',
    smallerIsBetter: false,
    start: () => ({ observe: (each) => observed.push(each), result: () => observed.length }),
  };
  return { metric, observed };
}

/** Scores every prediction by a function, two at a time, with a row of rubbish at the end. */
function scorerOf(vocabularySize: number, score: (prediction: Prediction, token: number) => number): Scorer {
  return async function* (cases) {
    const predictions = cases.flatMap((each) =>
      Array.from({ length: each.tokens.length - each.firstTarget }, (_, index) => ({ case: each, at: each.firstTarget + index })),
    );
    for (let from = 0; from < predictions.length; from += 2) {
      const part = predictions.slice(from, from + 2);
      const scores = Float32Array.from({ length: 3 * vocabularySize }, (_, at) => {
        const prediction = part[Math.floor(at / vocabularySize)];
        return prediction === undefined ? 1e9 : score(prediction, at % vocabularySize);
      });
      yield await Promise.resolve({ predictions: part, scores });
    }
  };
}

describe('evaluate', () => {
  const VOCABULARY = 6;
  const token = fc.nat(VOCABULARY - 1);
  const caseOf: fc.Arbitrary<EvaluationCase> = fc
    .array(token, { minLength: 2, maxLength: 6 })
    .chain((tokens) =>
      fc.integer({ min: 1, max: tokens.length - 1 }).map((firstTarget) => ({ tokens: Int32Array.from(tokens), firstTarget })),
    );

  it('ranks every target as a sorted list would, ties as half places, seen items left out but never the target', async () => {
    const cases = fc.array(caseOf, { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(cases, fc.boolean(), fc.nat(), async (given, maskSeen, seed) => {
        // few different scores: many ties
        const scoreOf = ({ case: each, at }: Prediction, candidate: number): number =>
          (seed + 7 * at + 3 * candidate * candidate + (each.tokens[0] ?? 0)) % 4;
        const { metric, observed } = collector();
        const result = await evaluate(scorerOf(VOCABULARY, scoreOf), given, [metric], { maskSeen, vocabularySize: VOCABULARY });
        const expected = given.flatMap((each) =>
          Array.from({ length: each.tokens.length - each.firstTarget }, (_, index) => {
            const at = each.firstTarget + index;
            const target = each.tokens[at] ?? -1;
            const seen = maskSeen ? [...each.tokens.slice(0, at)] : [];
            const own = scoreOf({ case: each, at }, target);
            const others = Array.from({ length: VOCABULARY }, (__, candidate) => candidate)
              .filter((candidate) => candidate !== target && !seen.includes(candidate))
              .map((candidate) => scoreOf({ case: each, at }, candidate));
            const places = others.map((score) => (score > own ? 1 : score === own ? 0.5 : 0)).reduce<number>((a, b) => a + b, 0);
            return { rank: 1 + places, logProbability: own };
          }),
        );
        expect(observed).toEqual(expected);
        expect(result).toEqual({ seen: expected.length });
      }),
      { numRuns: 60 },
    );
  });

  it('starts every metric anew', async () => {
    const mean = (key: string): Metric => ({
      key,
      smallerIsBetter: false,
      start: () => {
        const ranks: number[] = [];
        return { observe: ({ rank }) => ranks.push(rank), result: () => meanAndDeviation(ranks).mean };
      },
    });
    const given = [{ tokens: Int32Array.of(0, 1), firstTarget: 1 }];
    const options = { maskSeen: false, vocabularySize: 3 };
    const scorer = scorerOf(3, (_, candidate) => candidate);
    expect(await evaluate(scorer, given, [mean('a'), mean('b')], options)).toEqual({ a: 2, b: 2 });
    expect(await evaluate(scorer, given, [mean('a')], options)).toEqual({ a: 2 });
  });

  it('puts predictions without a score in the middle, never first', async () => {
    const { metric, observed } = collector();
    const given = [{ tokens: Int32Array.of(0, 1), firstTarget: 1 }];
    await evaluate(
      scorerOf(5, () => Number.NaN),
      given,
      [metric],
      { maskSeen: false, vocabularySize: 5 },
    );
    expect(observed).toEqual([{ rank: 3, logProbability: Number.NaN }]);
  });
});

describe('baselines', () => {
  it('popularity scores every token by its share, one count added', async () => {
    const train = [Int32Array.of(0, 0, 1), Int32Array.of(0)];
    const cases = Array.from({ length: 70 }, () => ({ tokens: Int32Array.of(2, 0, 1), firstTarget: 1 }));
    const { metric, observed } = collector();
    await evaluate(popularityScorer(train, 3), cases, [metric], { maskSeen: false, vocabularySize: 3 });
    expect(observed).toHaveLength(140);
    expect(observed.map(({ rank }) => rank).slice(0, 2)).toEqual([1, 2]);
    expectAllClose(
      observed.slice(0, 2).map(({ logProbability }) => logProbability),
      [Math.log(4 / 7), Math.log(2 / 7)],
      1e-6,
    );
  });

  const train = [3, 1, 5, 2, 5].map((length, sequence) => Int32Array.from({ length }, (_, at) => 10 * sequence + at));

  it('random sequences are distinct, repeatable, and cut to their last events', () => {
    const drawn = randomSequences(train, 3, 2, new RandomStream(1, 'a'));
    expect(drawn).toHaveLength(3);
    expect(new Set(drawn.map(([first]) => Math.floor((first ?? 0) / 10))).size).toBe(3);
    for (const sequence of drawn) expect([...sequence]).toEqual([...(train[Math.floor((sequence[0] ?? 0) / 10)] ?? [])].slice(-2));
    expect(randomSequences(train, 3, 2, new RandomStream(1, 'a'))).toEqual(drawn);
    expect(randomSequences(train, 9, 2, new RandomStream(1))).toHaveLength(5);
  });

  it('head sequences are the longest, earlier ones first among equals', () => {
    expect(headSequences(train, 3, 4).map((sequence) => [...sequence])).toEqual([
      [21, 22, 23, 24],
      [41, 42, 43, 44],
      [0, 1, 2],
    ]);
    expect(train[0]).toHaveLength(3);
  });
});

describe('meanAndDeviation', () => {
  it('is the mean and the sample standard deviation', () => {
    expect(meanAndDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, deviation: Math.sqrt(32 / 7) });
    expect(meanAndDeviation([3])).toEqual({ mean: 3, deviation: 0 });
    expect(meanAndDeviation([])).toEqual({ mean: 0, deviation: 0 });
  });
});
