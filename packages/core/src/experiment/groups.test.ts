import { expect, it } from 'vitest';
import type { Dataset } from '../data/dataset.js';
import { metricOf } from '../evaluation/metric.js';
import { builtInMetrics } from '../evaluation/metrics/index.js';
import type { MeasuredStudent } from '../report/summary.js';
import { groupResults } from './groups.js';

const definition = builtInMetrics.find(({ id }) => id === 'hr');
if (definition === undefined) throw new Error('There is no hr.');
const metric = metricOf(definition, 'hr@1');

const history = (...tokens: number[]) => ({ tokens: Int32Array.from(tokens), firstTarget: tokens.length - 1 });
const dataset: Dataset = {
  ...{ id: 'four users', task: 'recommendation', vocabulary: ['a', 'b', 'c', 'd'], sequences: 4, events: 8, protocol: 'none' },
  // a alone is half of the events
  train: [Int32Array.of(0, 0, 0, 1), Int32Array.of(0, 2, 3, 1)],
  validation: [],
  test: [history(1, 0), history(1, 2, 0), history(1, 2, 3, 1), history(1, 0, 2, 3)],
};

const student = (data: string, seed: number, ofCases: readonly number[], key = 'hr@1'): MeasuredStudent => ({
  ...{ data, student: 'gru', seed, sequences: 1, trainingSeconds: 1, ofCases: Float32Array.from(ofCases) },
  metrics: { [key]: ofCases.reduce((sum, each) => sum + each, 0) / ofCases.length },
});

it('tells users with short histories from others, and popular targets from rare ones', () => {
  const results = [student('full', 1, [1, 1, 0, 1]), student('full', 2, [1, 0, 0, 1]), student('distilled', 1, [0, 1, 1, 1])];
  const common = { student: 'gru', metric: 'hr@1', cases: 2 };
  expect(groupResults(results, metric, dataset)).toEqual([
    { ...common, group: 'short histories', about: 'at most 2 events before the target', values: { full: 0.75, distilled: 0.5 } },
    { ...common, group: 'long histories', about: 'more than 2 events before the target', values: { full: 0.5, distilled: 1 } },
    { ...common, group: 'popular targets', about: 'the 1 item of half of the training events', values: { full: 0.75, distilled: 0.5 } },
    { ...common, group: 'rare targets', about: 'the 3 items of the other half', values: { full: 0.5, distilled: 1 } },
  ]);
});

it('leaves out groups without users, and arms whose cases say nothing', () => {
  const alike = { ...dataset, test: [history(1, 0), history(2, 0)] };
  const results = [student('full', 1, [1, 0]), student('popularity', 1, [1, 0], 'mrr')];
  const groups = groupResults(results, metric, alike);
  expect(groups.map(({ group, cases, values }) => [group, cases, values])).toEqual([
    ['short histories', 2, { full: 0.5 }],
    ['popular targets', 2, { full: 0.5 }],
  ]);
});

it('tells histories alone apart where users have several targets, and nothing of texts', () => {
  const several = {
    ...dataset,
    test: [history(1, 2, 0), history(1, 2, 3, 0)].map(({ tokens }) => ({ tokens, firstTarget: tokens.length - 2 })),
  };
  const results = [student('full', 1, [1, 0.5])];
  expect(groupResults(results, metric, several).map(({ group, values }) => [group, values])).toEqual([
    ['short histories', { full: 1 }],
    ['long histories', { full: 0.5 }],
  ]);
  expect(groupResults(results, metric, { ...several, task: 'language' })).toEqual([]);
});
