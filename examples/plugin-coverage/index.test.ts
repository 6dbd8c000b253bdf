import { checkMetric } from '@farzi/core/testing';
import { expect, it } from 'vitest';
import { runWith } from '../../test/example-experiment.js';
import plugin, { coverage, novelty } from './index.js';

it.each([coverage, novelty])('$id keeps the contract of a metric', async (metric) => {
  await expect(checkMetric(metric)).resolves.toBeUndefined();
});

it('counts what is recommended by hand', () => {
  const context = { vocabularySize: 4, occurrences: Float64Array.of(3, 1, 0, 0) };
  const observation = { rank: 1, logProbability: 0, characters: NaN, target: 0 };
  const [covered, surprising] = [coverage.start(2, context), novelty.start(2, context)];
  for (const [index, list] of [Int32Array.of(0, 1), Int32Array.of(0, 2)].entries()) {
    covered.observe({ ...observation, case: index, list });
    surprising.observe({ ...observation, case: index, list });
  }
  expect(covered.result()).toBe(0.75);
  // probabilities 4/8, 2/8, 4/8, 1/8
  expect(surprising.result()).toBe((1 + 2 + 1 + 3) / 4);
});

it('is measured in an experiment, on every kind of data', async () => {
  const { summary } = await runWith(plugin, [
    'evaluation.metrics=[ndcg@5, coverage@5, novelty@5]',
    'evaluation.arms=[distilled, popularity]',
  ]);
  const [distilled, popularity] = summary.results.map(({ metrics }) => metrics);
  expect(distilled?.['coverage@5']).toBeGreaterThan(0);
  expect(distilled?.['coverage@5']).toBeLessThanOrEqual(1);
  // everybody is recommended the same: what occurs most
  expect(popularity?.['coverage@5']).toBeLessThan(distilled?.['coverage@5'] ?? 0);
  expect(popularity?.['novelty@5']).toBeLessThan(distilled?.['novelty@5'] ?? 0);
});
