import { describe, expect, it } from 'vitest';
import type { MetricAccumulator, MetricContext, MetricDefinition, Observation } from '../evaluation/metric.js';
import { builtInMetrics } from '../evaluation/metrics/index.js';
import { checkMetric } from './metric.js';

it.each(builtInMetrics)('$id keeps the contract', async (definition) => {
  await expect(checkMetric(definition)).resolves.toBeUndefined();
});

/** The mean of something over all observations. */
function meanOf(score: (observation: Observation) => number): MetricAccumulator {
  const scores: number[] = [];
  return {
    observe: (observation) => void scores.push(score(observation)),
    result: () => scores.reduce((sum, each) => sum + each, 0) / scores.length,
  };
}
const metric = (start: MetricDefinition['start'], more: Partial<MetricDefinition> = {}): MetricDefinition => ({
  ...{ id: 'metric', tasks: ['recommendation'], cutoff: 'none', smallerIsBetter: true, start },
  ...more,
});
const mean = (score: (observation: Observation, context: MetricContext, cutoff: number) => number, more: Partial<MetricDefinition> = {}) =>
  metric((cutoff, context) => meanOf((observation) => score(observation, context, cutoff)), more);
const ofLists = { cutoff: 'required', needs: ['lists'] } as const;

it('accepts a metric over lists, whatever it measures', async () => {
  const distinct = metric((cutoff, { vocabularySize }) => {
    const seen = new Set<number>();
    return {
      observe: ({ list }) => {
        for (const id of list.subarray(0, cutoff)) seen.add(id);
      },
      result: () => seen.size / vocabularySize,
    };
  }, ofLists);
  await expect(checkMetric(distinct)).resolves.toBeUndefined();
});

describe('checkMetric finds a metric', () => {
  const shared: number[] = [];
  let started = 0;
  const rows: readonly (readonly [string, MetricDefinition, string])[] = [
    ['for no task', mean(({ rank }) => rank, { tasks: [] }), 'metric: It is for no task.'],
    [
      'over lists without a cutoff',
      mean(({ list }) => list.length, { needs: ['lists'] }),
      'metric: It needs lists, and takes no cutoff that would be their length.',
    ],
    ['that is not finite', mean(({ rank }) => 1 / (rank - 1)), 'metric: The result is Infinity after 5 observations.'],
    [
      'that throws',
      mean(() => {
        throw new TypeError('no');
      }),
      'metric: Observing throws TypeError: no',
    ],
    [
      'that empties itself',
      metric(() => {
        let sum = 0;
        return {
          observe: ({ rank }) => void (sum += rank),
          result: () => {
            const value = sum;
            sum = 0;
            return value;
          },
        };
      }),
      'metric: The result is another when it is asked for again.',
    ],
    ['that sorts lists', mean(({ list }) => list.sort().length, ofLists), 'metric@3: It changes the lists or counts that it is given.'],
    ['that counts starts', metric(() => meanOf(() => started++)), 'metric: An accumulator remembers an earlier start.'],
    [
      'that minds the order',
      metric(() => {
        let last = 0;
        return { observe: ({ rank }) => void (last = rank), result: () => last };
      }),
      'metric: The order of observations changes the result.',
    ],
    [
      'whose accumulators share their memory',
      metric(() => {
        shared.length = 0;
        return {
          observe: ({ rank }) => void shared.push(rank),
          result: () => shared.reduce((sum, each) => sum + each, 0) / shared.length,
        };
      }),
      'metric: Two accumulators that are filled in turn share what they observe.',
    ],
    [
      'that reads characters without asking',
      mean(({ rank, characters }) => rank + (Number.isNaN(characters) ? 0 : characters)),
      'metric: The result is 6.7, not 8.1, without characters or occurrences: say needs.',
    ],
    [
      'that reads occurrences without asking',
      mean(({ rank, target }, { occurrences }) => rank + (occurrences[target] ?? 0)),
      'metric: The result is 6.7, not 13.5, without characters or occurrences: say needs.',
    ],
    [
      'that cannot stand NaN',
      mean(({ rank }) => {
        if (!(rank >= 1)) throw new RangeError('no rank');
        return rank;
      }),
      'metric: Observing a rank that is NaN throws RangeError: no rank',
    ],
    [
      'that needs full lists',
      mean(({ list }, _context, cutoff) => list.length / (list[cutoff - 1] === undefined ? 0 : cutoff), ofLists),
      'metric@3: The result is Infinity where some lists are shorter than the cutoff.',
    ],
    [
      'of the wrong direction',
      mean(({ rank }) => rank, { smallerIsBetter: false }),
      'metric: Better predictions score 3.45, worse ones 6.7, and larger is better.',
    ],
    [
      'that is wrong at the cutoff 1',
      mean(({ rank }, _context, cutoff) => rank / (cutoff - 1), { cutoff: 'required' }),
      'metric@1: The result is Infinity after 5 observations.',
    ],
  ];
  it.each(rows)('%s', async (_name, definition, message) => {
    await expect(checkMetric(definition)).rejects.toThrow(message);
  });
});
