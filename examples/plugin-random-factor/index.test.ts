import { checkArm } from '@farzi/core/testing';
import { expect, it } from 'vitest';
import { runWith } from '../../test/example-experiment.js';
import plugin, { randomFactor } from './index.js';

it.each([{}, { factor: 0.01 }, { factor: 100 }])('keeps the contract of an arm with %o', async (options) => {
  await expect(checkArm(randomFactor, { options })).resolves.toBeUndefined();
});

it('trains students on some times as many sequences in an experiment', async () => {
  const { summary } = await runWith(plugin, ['evaluation.arms=[distilled, {id: random-factor, factor: 3}]']);
  expect(summary.results.map(({ data, sequences }) => [data, sequences])).toEqual([
    ['distilled', 6],
    ['random-factor', 18],
  ]);
  expect(summary.results[1]?.metrics['ndcg@5']).toBeGreaterThan(0);
});
