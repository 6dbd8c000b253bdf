import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import type { EvaluationCase } from '../data/dataset.js';
import { RandomStream } from '../random/stream.js';
import { headSequences, popularityScorer, randomSequences } from './baselines.js';
import { evaluate, type Scorer } from './evaluate.js';
import type { Metric, Observation } from './metric.js';
import { rankOf } from './ranking.js';
import { meanAndDeviation } from './statistics.js';

/** A metric that keeps what it observes. */
function collector(): { metric: Metric; observed: Observation[] } {
  const observed: Observation[] = [];
  const metric: Metric = {
    key: 'seen',
    smallerIsBetter: false,
    needsCharacters: false,
    start: () => ({ observe: (each) => observed.push(each), result: () => observed.length }),
  };
  return { metric, observed };
}

const VOCABULARY = 6;
const token = fc.nat(VOCABULARY - 1);
const caseOf: fc.Arbitrary<EvaluationCase> = fc
  .array(token, { minLength: 2, maxLength: 6 })
  .chain((tokens) =>
    fc.integer({ min: 1, max: tokens.length - 1 }).map((firstTarget) => ({ tokens: Int32Array.from(tokens), firstTarget })),
  );

describe('evaluate', () => {
  const scorer: Scorer = async function* () {
    yield await Promise.resolve([
      { target: 1, rank: 2, logProbability: -1 },
      { target: 0, rank: 1, logProbability: -3 },
    ]);
    yield await Promise.resolve([{ target: 1, rank: 4.5, logProbability: -2 }]);
  };

  it('shows every metric every target, and how many characters it stands for', async () => {
    const { metric, observed } = collector();
    expect(await evaluate(scorer, [], [metric], [5, 7])).toEqual({ seen: 3 });
    expect(observed).toEqual([
      { rank: 2, logProbability: -1, characters: 7 },
      { rank: 1, logProbability: -3, characters: 5 },
      { rank: 4.5, logProbability: -2, characters: 7 },
    ]);
    const unsaid = collector();
    await evaluate(scorer, [], [unsaid.metric]);
    expect(unsaid.observed.map(({ characters }) => characters)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('starts every metric anew', async () => {
    const mean = (key: string): Metric => ({
      key,
      smallerIsBetter: false,
      needsCharacters: false,
      start: () => {
        const ranks: number[] = [];
        return { observe: ({ rank }) => ranks.push(rank), result: () => meanAndDeviation(ranks).mean };
      },
    });
    expect(await evaluate(scorer, [], [mean('a'), mean('b')])).toEqual({ a: 2.5, b: 2.5 });
    expect(await evaluate(scorer, [], [mean('a')])).toEqual({ a: 2.5 });
  });
});

describe('ranks', () => {
  it('a target whose score is NaN has none, so that no metric can take it for the best', () => {
    expect(rankOf({ better: 0, equal: 0, seenBetter: 0, seenEqual: 0 })).toBeNaN();
  });
});

describe('baselines', () => {
  it('popularity ranks as a sorted list of counts would, ties as half places, seen items left out but never the target', async () => {
    const sequences = fc.array(fc.array(token, { maxLength: 5 }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(caseOf, { minLength: 1, maxLength: 5 }), sequences, fc.boolean(), async (given, train, maskSeen) => {
        const count = (candidate: number): number => 1 + train.flat().filter((each) => each === candidate).length;
        const expected = given.flatMap((each) =>
          Array.from(each.tokens.slice(each.firstTarget), (target, index) => {
            const seen = maskSeen ? [...each.tokens.slice(0, each.firstTarget + index)] : [];
            const others = Array.from({ length: VOCABULARY }, (_, candidate) => candidate)
              .filter((candidate) => candidate !== target && !seen.includes(candidate))
              .map((candidate) => Math.sign(count(candidate) - count(target)));
            return 1 + others.reduce<number>((places, sign) => places + (1 + sign) / 2, 0);
          }),
        );
        const { metric, observed } = collector();
        const scorer = popularityScorer(
          train.map((tokens) => Int32Array.from(tokens)),
          VOCABULARY,
          maskSeen,
        );
        await evaluate(scorer, given, [metric]);
        expect(observed.map(({ rank }) => rank)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('popularity scores every token by its share, one count added', async () => {
    const train = [Int32Array.of(0, 0, 1), Int32Array.of(0)];
    const cases = [{ tokens: Int32Array.of(2, 0, 1), firstTarget: 1 }];
    const { metric, observed } = collector();
    await evaluate(popularityScorer(train, 3, false), cases, [metric]);
    expectAllClose(
      observed.map(({ logProbability }) => logProbability),
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
