import type { Measurement } from '@farzi/core';
import { checkMetaOptimizer } from '@farzi/core/testing';
import { expect, it } from 'vitest';
import { runWith } from '../../test/example-experiment.js';
import plugin, { distributionMatching } from './index.js';

it('keeps the contract of a meta-optimizer', async () => {
  await expect(checkMetaOptimizer(distributionMatching, { options: { realBatchSize: 12 } })).resolves.toBeUndefined();
});

it.each(['soft', 'hard'])('makes synthetic sequences look more like real ones, with %s inputs', async (inputs) => {
  const losses: number[] = [];
  const onMeasurement = ({ subject, values }: Measurement): void => {
    if (subject === 'outer loop') losses.push(values['metaLoss'] ?? Number.NaN);
  };
  const { summary } = await runWith(
    plugin,
    [
      'distillation.metaOptimizer={id: distribution-matching, realBatchSize: 60}',
      'distillation.outerSteps=40',
      'distillation.validateEvery=40',
      'distillation.latentsLearningRate=0.1',
      'distillation.decoderLearningRate=0.1',
      'distillation.schedule=constant',
      'synthetic.initialisation=random',
      `synthetic.inputs=${inputs}`,
      'synthetic.storage=float32',
    ],
    [{ onMeasurement }],
  );
  expect(summary.distillation).toMatchObject({ innerSteps: 0, outerSteps: 40, skippedSteps: 0 });
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value / values.length, 0);
  expect(mean(losses.slice(-5))).toBeLessThan(0.8 * mean(losses.slice(0, 5)));
});
