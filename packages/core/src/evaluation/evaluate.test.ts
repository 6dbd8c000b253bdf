import { describe, expect, it } from 'vitest';
import { evaluateEach, evaluateScorer, type EvaluationContext, listLengthOf, type Scorer } from './evaluate.js';
import type { Metric, Observation } from './metric.js';
import { meanAndDeviation } from './statistics.js';

const context: EvaluationContext = { vocabularySize: 2, occurrences: Float64Array.of(4, 0) };
const plain = { tasks: ['recommendation'], smallerIsBetter: false, needs: [], listLength: 0 } as const;

/** A metric that keeps what it observes. */
function collector(listLength = 0): { metric: Metric; observed: Observation[] } {
  const observed: Observation[] = [];
  const metric: Metric = {
    ...plain,
    key: 'seen',
    listLength,
    start: () => ({ observe: (each) => observed.push(each), result: () => observed.length }),
  };
  return { metric, observed };
}

describe('evaluateScorer', () => {
  const list = Int32Array.of(1, 0);
  const scorer: Scorer = async function* () {
    yield await Promise.resolve([
      { target: 1, case: 0, rank: 2, logProbability: -1, list },
      { target: 0, case: 1, rank: 1, logProbability: -3, list },
    ]);
    yield await Promise.resolve([{ target: 1, case: 1, rank: 4.5, logProbability: -2, list }]);
  };

  it('shows every metric every target, and how many characters it stands for', async () => {
    const { metric, observed } = collector();
    expect(await evaluateScorer(scorer, [], [metric], { ...context, characters: [5, 7] })).toEqual({ seen: 3 });
    const none = new Int32Array();
    expect(observed).toEqual([
      { target: 1, case: 0, rank: 2, logProbability: -1, characters: 7, list: none },
      { target: 0, case: 1, rank: 1, logProbability: -3, characters: 5, list: none },
      { target: 1, case: 1, rank: 4.5, logProbability: -2, characters: 7, list: none },
    ]);
    const unsaid = collector();
    await evaluateScorer(scorer, [], [unsaid.metric], context);
    expect(unsaid.observed.map(({ characters }) => characters)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('cuts lists to what each metric asked for', async () => {
    const [short, long, unasked] = [collector(1), collector(2), collector()];
    const metrics = [short.metric, long.metric, unasked.metric];
    expect(listLengthOf(metrics)).toBe(2);
    expect(listLengthOf([])).toBe(0);
    await evaluateScorer(scorer, [], metrics, context);
    expect([short, long, unasked].map(({ observed }) => [...(observed[0]?.list ?? [9])])).toEqual([[1], [1, 0], []]);
  });

  it('also gives one metric of each case alone', async () => {
    const ranks = (key: string): Metric => ({
      ...plain,
      key,
      start: () => {
        const seen: number[] = [];
        return { observe: ({ rank }) => seen.push(rank), result: () => meanAndDeviation(seen).mean / Math.min(1, seen.length) };
      },
    });
    const cases = [0, 1, 2].map(() => ({ tokens: Int32Array.of(0, 1), firstTarget: 1 }));
    const { values, ofCases } = await evaluateEach(scorer, cases, [ranks('a')], ranks('b'), context);
    expect([values, [...ofCases]]).toEqual([{ a: 2.5 }, [2, 2.75, Number.NaN]]);
    const listed = collector(1);
    await evaluateEach(scorer, cases, [], listed.metric, context);
    expect(listed.observed.map(({ list: shown }) => [...shown])).toEqual([[1], [1], [1]]);
    expect((await evaluateEach(scorer, cases, [ranks('a')], undefined, context)).ofCases).toHaveLength(0);
  });

  it('starts every metric anew, with what is known about the data', async () => {
    const known: unknown[] = [];
    const mean = (key: string): Metric => ({
      ...plain,
      key,
      start: (given) => {
        known.push(given);
        const ranks: number[] = [];
        return { observe: ({ rank }) => ranks.push(rank), result: () => meanAndDeviation(ranks).mean };
      },
    });
    expect(await evaluateScorer(scorer, [], [mean('a'), mean('b')], context)).toEqual({ a: 2.5, b: 2.5 });
    expect(await evaluateScorer(scorer, [], [mean('a')], context)).toEqual({ a: 2.5 });
    expect(known).toEqual([context, context, context]);
  });
});
