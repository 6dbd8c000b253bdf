import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import type { EvaluationCase } from '../data/dataset.js';
import { occurrencesOf } from '../data/counts.js';
import { evaluateScorer, type ScoredTarget, type Scorer } from './evaluate.js';
import { popularityScorer } from './popularity.js';
import type { Metric, Observation } from './metric.js';
import { rankOf } from './ranking.js';
import { meanAndDeviation } from './statistics.js';

/** A metric that keeps what it observes. */
function collector(listLength = 0): { metric: Metric; observed: Observation[] } {
  const observed: Observation[] = [];
  const metric: Metric = {
    key: 'seen',
    tasks: ['recommendation'],
    smallerIsBetter: false,
    needs: [],
    listLength,
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

const scored = (target: number, rank: number, logProbability: number, index: number): ScoredTarget => ({
  ...{ target, rank, logProbability, case: index },
  list: Int32Array.of(5, 4, 3),
});
const context = { vocabularySize: VOCABULARY, occurrences: new Float64Array(VOCABULARY) };

describe('evaluateScorer', () => {
  const scorer: Scorer = async function* () {
    yield await Promise.resolve([scored(1, 2, -1, 0), scored(0, 1, -3, 0)]);
    yield await Promise.resolve([scored(1, 4.5, -2, 1)]);
  };

  it('shows every metric every target, and how many characters it stands for', async () => {
    const { metric, observed } = collector();
    expect(await evaluateScorer(scorer, [], [metric], { ...context, characters: [5, 7] })).toEqual({ seen: 3 });
    expect(observed).toEqual([
      { rank: 2, logProbability: -1, characters: 7, target: 1, case: 0, list: new Int32Array() },
      { rank: 1, logProbability: -3, characters: 5, target: 0, case: 0, list: new Int32Array() },
      { rank: 4.5, logProbability: -2, characters: 7, target: 1, case: 1, list: new Int32Array() },
    ]);
    const unsaid = collector();
    await evaluateScorer(scorer, [], [unsaid.metric], context);
    expect(unsaid.observed.map(({ characters }) => characters)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('starts every metric anew', async () => {
    const mean = (key: string): Metric => ({
      key,
      tasks: ['recommendation'],
      smallerIsBetter: false,
      needs: [],
      listLength: 0,
      start: () => {
        const ranks: number[] = [];
        return { observe: ({ rank }) => ranks.push(rank), result: () => meanAndDeviation(ranks).mean };
      },
    });
    expect(await evaluateScorer(scorer, [], [mean('a'), mean('b')], context)).toEqual({ a: 2.5, b: 2.5 });
    expect(await evaluateScorer(scorer, [], [mean('a')], context)).toEqual({ a: 2.5 });
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
        const occurrences = occurrencesOf(
          train.map((tokens) => Int32Array.from(tokens)),
          VOCABULARY,
        );
        await evaluateScorer(popularityScorer(occurrences, maskSeen), given, [metric], context);
        expect(observed.map(({ rank }) => rank)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('popularity scores every token by its share, one count added', async () => {
    const train = [Int32Array.of(0, 0, 1), Int32Array.of(0)];
    const cases = [{ tokens: Int32Array.of(2, 0, 1), firstTarget: 1 }];
    const { metric, observed } = collector();
    await evaluateScorer(popularityScorer(occurrencesOf(train, 3), false), cases, [metric], context);
    expectAllClose(
      observed.map(({ logProbability }) => logProbability),
      [Math.log(4 / 7), Math.log(2 / 7)],
      1e-6,
    );
  });

  it('popularity lists the most frequent, without those that are left out', async () => {
    const cases = [{ tokens: Int32Array.of(0, 2, 1), firstTarget: 1 }];
    const occurrences = Float64Array.of(9, 4, 4, 1, 0, 0);
    for (const [maskSeen, lists] of [
      [
        false,
        [
          [0, 1, 2],
          [0, 1, 2],
        ],
      ],
      [
        true,
        [
          [1, 2, 3],
          [1, 3, 4],
        ],
      ],
    ] as const) {
      const { metric, observed } = collector(3);
      await evaluateScorer(popularityScorer(occurrences, maskSeen, 3), cases, [metric], context);
      expect(observed.map(({ list }) => [...list])).toEqual(lists);
    }
  });
});

describe('meanAndDeviation', () => {
  it('is the mean and the sample standard deviation', () => {
    expect(meanAndDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, deviation: Math.sqrt(32 / 7) });
    expect(meanAndDeviation([3])).toEqual({ mean: 3, deviation: 0 });
    expect(meanAndDeviation([])).toEqual({ mean: 0, deviation: 0 });
  });
});
