import type { Measurement } from '@farzi/core';
import { checkMetaOptimizer } from '@farzi/core/testing';
import { expect, it } from 'vitest';
import { runWith } from '../../test/example-experiment.js';
import plugin, { gradientMatching } from './index.js';

it.each(['cosine', 'squared'])('keeps the contract of a meta-optimizer with the %s distance', async (distance) => {
  const options = { distance, steps: 2, realBatchSize: 12 };
  await expect(checkMetaOptimizer(gradientMatching, { options })).resolves.toBeUndefined();
});

it('brings gradients of synthetic and real data together in an experiment', async () => {
  const losses: number[] = [];
  const onMeasurement = ({ subject, values }: Measurement): void => {
    if (subject === 'outer loop') losses.push(values['metaLoss'] ?? Number.NaN);
  };
  const { summary } = await runWith(
    plugin,
    [
      'distillation.metaOptimizer={id: gradient-matching, steps: 2, realBatchSize: 60}',
      'distillation.learner={start: fresh, maxAge: 4, batchSize: 6}',
      'distillation.outerSteps=40',
      'distillation.validateEvery=40',
      'distillation.latentsLearningRate=0.03',
      'distillation.decoderLearningRate=0.03',
      'distillation.schedule=constant',
      'synthetic.initialisation=random',
      'synthetic.inputs=soft',
      // with few bits a random start takes more steps than these to change much
      'synthetic.storage=float32',
    ],
    [{ onMeasurement }],
  );
  expect(summary.distillation).toMatchObject({ innerSteps: 2, outerSteps: 40, skippedSteps: 0 });
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value / values.length, 0);
  expect(mean(losses.slice(-5))).toBeLessThan(0.95 * mean(losses.slice(0, 5)));
});
