import { expect, it } from 'vitest';
import { builtInMetrics } from '../evaluation/metrics/index.js';
import { metricOf } from '../evaluation/metric.js';
import { RandomStream } from '../random/stream.js';
import type { MeasuredStudent } from '../report/summary.js';
import { pairedComparisons } from './paired.js';

const definition = builtInMetrics.find(({ id }) => id === 'ndcg');
if (definition === undefined) throw new Error('There is no ndcg.');
const metric = metricOf(definition, 'ndcg@10');
const stream = new RandomStream(1);

/** A student whose metric is what it says of its cases, in the mean. */
function student(data: string, seed: number, cases: readonly number[], more: Partial<MeasuredStudent> = {}): MeasuredStudent {
  const ofCases = Float32Array.from(cases);
  const value = ofCases.reduce((sum, each) => sum + each, 0) / ofCases.length;
  return { data, student: 'gru', seed, sequences: 1, trainingSeconds: 1, metrics: { 'ndcg@10': value }, ofCases, ...more };
}

/** Users of very different kinds, all of whom gain the same. */
const users = Array.from({ length: 200 }, (_, user) => (user % 10) / 10);
const better = users.map((value) => value + 0.01);

it('compares distilled with every other arm, user by user', () => {
  const results = [student('full', 1, users), student('distilled', 1, better), student('random', 1, users.toReversed())];
  const [full, random, ...others] = pairedComparisons(results, metric, stream);
  expect(others).toEqual([]);
  expect(full).toMatchObject({ student: 'gru', against: 'full', metric: 'ndcg@10' });
  for (const value of [full?.difference, full?.low, full?.high]) expect(value).toBeCloseTo(0.01, 5);
  // the same mean, of other users
  expect(random?.difference).toBeCloseTo(0.01, 5);
  expect(random?.low).toBeLessThan(0);
  expect(random?.high).toBeGreaterThan(0.02);
});

it('takes the mean of seeds, and one student for all where one is', () => {
  const results = [
    ...[student('distilled', 1, [0, 1]), student('distilled', 2, [1, 1])],
    ...[student('popularity', 1, [0.5, 0]), student('distilled', 1, [1, 1], { student: 'other' })],
  ];
  expect(pairedComparisons(results, metric, stream)).toMatchObject([{ against: 'popularity', difference: 0.5, low: 0, high: 1 }]);
});

it.each([
  ['are not known', { ofCases: undefined }],
  ['are others', { ofCases: Float32Array.of(1, 1, 1) }],
  ['are not what the metric is the mean of', { metrics: { 'ndcg@10': 0.7 } }],
  ['are not numbers', { ofCases: Float32Array.of(Number.NaN, 1), metrics: { 'ndcg@10': Number.NaN } }],
  ['were not measured', { metrics: {} }],
])(
  'says nothing about students whose cases %s',
  (_what, { ofCases, metrics }: { ofCases?: Float32Array | undefined; metrics?: Record<string, number> }) => {
    const { ofCases: own, ...odd } = student('full', 2, [1, 0], metrics === undefined ? {} : { metrics });
    const cases = ofCases ?? (metrics === undefined ? undefined : own);
    const results = [
      student('full', 1, [1, 0]),
      { ...odd, ...(cases === undefined ? {} : { ofCases: cases }) },
      student('distilled', 1, [1, 1]),
    ];
    expect(pairedComparisons(results, metric, stream)).toEqual([]);
  },
);

it('says nothing about a single text', () => {
  expect(pairedComparisons([student('full', 1, [3]), student('distilled', 1, [4])], metric, stream)).toEqual([]);
});
