import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import { occurrencesOf } from '../data/counts.js';
import type { EvaluationCase } from '../data/dataset.js';
import type { ScoredTarget, Scorer } from './evaluate.js';
import { popularityScorer } from './popularity.js';

const VOCABULARY = 6;
const token = fc.nat(VOCABULARY - 1);
const caseOf: fc.Arbitrary<EvaluationCase> = fc
  .array(token, { minLength: 2, maxLength: 6 })
  .chain((tokens) =>
    fc.integer({ min: 1, max: tokens.length - 1 }).map((firstTarget) => ({ tokens: Int32Array.from(tokens), firstTarget })),
  );

async function scoredBy(scorer: Scorer, cases: readonly EvaluationCase[]): Promise<ScoredTarget[]> {
  const all: ScoredTarget[] = [];
  for await (const scored of scorer(cases)) all.push(...scored);
  return all;
}

describe('popularity', () => {
  it('ranks as a sorted list of counts would, ties as half places, seen items left out but never the target', async () => {
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
        const occurrences = occurrencesOf(
          train.map((tokens) => Int32Array.from(tokens)),
          VOCABULARY,
        );
        const scored = await scoredBy(popularityScorer(occurrences, maskSeen), given);
        expect(scored.map(({ rank }) => rank)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('scores every token by its share, one count added', async () => {
    const train = [Int32Array.of(0, 0, 1), Int32Array.of(0)];
    const cases = [{ tokens: Int32Array.of(2, 0, 1), firstTarget: 1 }];
    const scored = await scoredBy(popularityScorer(occurrencesOf(train, 3), false), cases);
    expectAllClose(
      scored.map(({ logProbability }) => logProbability),
      [Math.log(4 / 7), Math.log(2 / 7)],
      1e-6,
    );
  });

  it('lists the most common candidates that were not seen, lower ids first among equals', async () => {
    const occurrences = Float64Array.of(2, 5, 2, 9, 0);
    const cases = [
      { tokens: Int32Array.of(3, 4, 0, 2), firstTarget: 2 },
      { tokens: Int32Array.of(1, 2), firstTarget: 1 },
    ];
    const lists = async (maskSeen: boolean, length: number) =>
      (await scoredBy(popularityScorer(occurrences, maskSeen, length), cases)).map(({ case: index, list }) => [index, ...list]);
    expect(await lists(false, 3)).toEqual([
      [0, 3, 1, 0],
      [0, 3, 1, 0],
      [1, 3, 1, 0],
    ]);
    expect(await lists(true, 3)).toEqual([
      [0, 1, 0, 2],
      [0, 1, 2],
      [1, 3, 0, 2],
    ]);
    expect(await lists(true, 0)).toEqual([[0], [0], [1]]);
  });
});
