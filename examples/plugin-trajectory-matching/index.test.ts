import type { Measurement } from '@farzi/core';
import { checkMetaOptimizer } from '@farzi/core/testing';
import { expect, it } from 'vitest';
import { runWith } from '../../test/example-experiment.js';
import plugin, { trajectoryMatching } from './index.js';

it('keeps the contract of a meta-optimizer', async () => {
  await expect(checkMetaOptimizer(trajectoryMatching, { options: { steps: 2 } })).resolves.toBeUndefined();
});

const settings = [
  'distillation.metaOptimizer={id: trajectory-matching, steps: 3, latest: 1}',
  'distillation.learner={learningRate: 0.02, batchSize: 6}',
  'synthetic.initialisation=random',
  'synthetic.inputs=soft',
  'synthetic.storage=float32',
];

it('brings learners nearer to where training on the full data leads', async () => {
  const losses: number[] = [];
  const onMeasurement = ({ subject, values }: Measurement): void => {
    if (subject === 'outer loop') losses.push(values['metaLoss'] ?? Number.NaN);
  };
  const { summary } = await runWith(
    plugin,
    [
      ...settings,
      'teacher={maxSteps: 40, evaluateEvery: 10, snapshots: 4}',
      'distillation.outerSteps=40',
      'distillation.validateEvery=40',
      'distillation.latentsLearningRate=0.1',
      'distillation.decoderLearningRate=0.1',
      'distillation.schedule=constant',
    ],
    [{ onMeasurement }],
  );
  expect(summary.distillation).toMatchObject({ innerSteps: 3, outerSteps: 40, skippedSteps: 0 });
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value / values.length, 0);
  expect(mean(losses.slice(-5))).toBeLessThan(0.95 * mean(losses.slice(0, 5)));
});

it('refuses to start without a way to follow', async () => {
  await expect(runWith(plugin, settings)).rejects.toMatchObject({
    code: 'FARZI_CONFIG_INVALID',
    message: 'Trajectory matching needs more snapshots of a training on the full data than it looks ahead (1), and there are 0.',
  });
});
