import { expect, it } from 'vitest';
import { sampleSummary } from '../test/sample-summary.js';
import { resultBlocks } from './results.js';

it('retention is a ratio to the full data, turned where smaller is better', () => {
  const retained = (smallerIsBetter: boolean) =>
    resultBlocks(sampleSummary(), { key: 'ndcg@10', smallerIsBetter })[0]?.rows.map(({ retention }) => retention?.toFixed(3));
  expect(retained(false)).toEqual(['1.000', '0.900', '0.250']);
  expect(retained(true)).toEqual(['1.000', '1.111', '4.000']);
});

it('has no retention without the full data, or without the metric', () => {
  const summary = sampleSummary();
  const partial = { ...summary, results: summary.results.filter(({ data }) => data !== 'full') };
  expect(resultBlocks(partial, { key: 'ndcg@10', smallerIsBetter: false })[0]?.rows.map(({ retention }) => retention)).toEqual([
    undefined,
    undefined,
  ]);
  expect(resultBlocks(summary, { key: 'mrr', smallerIsBetter: false })[0]?.rows[0]?.retention).toBeUndefined();
});

it('tells what was trained on, and nothing of training where there was none', () => {
  const rows = resultBlocks(sampleSummary(), { key: 'ndcg@10', smallerIsBetter: false })[0]?.rows;
  expect(rows?.map(({ data, sequences, steps }) => [data, sequences, steps])).toEqual([
    ['full', 1200, 100],
    ['distilled', 50, 100],
    ['popularity', 1200, undefined],
  ]);
});
