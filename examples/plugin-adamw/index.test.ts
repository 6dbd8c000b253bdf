import { checkOptimizer } from '@farzi/core/testing';
import { expect, it } from 'vitest';
import { runWith } from '../../test/example-experiment.js';
import plugin, { adamw } from './index.js';

it.each([{}, { weightDecay: 0.3, beta1: 0.8, epsilon: 1e-5 }])('keeps the contract of an optimizer with %o', async (options) => {
  await expect(checkOptimizer(adamw, { options })).resolves.toBeUndefined();
});

it('is differentiated through in an experiment', async () => {
  const optimizer = (decay: number): string => `distillation.learner.optimizer={id: adamw, weightDecay: ${decay}}`;
  const [without, strong] = [await runWith(plugin, [optimizer(0)]), await runWith(plugin, [optimizer(30)])];
  expect(without.experiment.config.distillation.learner.optimizer).toMatchObject({ id: 'adamw', epsilon: 1e-3 });
  expect(without.summary.distillation.skippedSteps).toBe(0);
  expect(strong.synthetic.data.decoder).not.toEqual(without.synthetic.data.decoder);
});
