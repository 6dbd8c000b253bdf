import { describe, expect, it } from 'vitest';
import { type Refusal, refusal } from '../../test/refusal.js';
import { parseConfig } from './file.js';

const minimal = 'task: recommendation\ndataset: toy\nmodel: tiny\ndistillation:\n';
const refused = (text: string, ...overrides: readonly string[]): Refusal => refusal(() => parseConfig(minimal + text, 'x.yaml', overrides));

describe('a key of an earlier version', () => {
  it.each([
    ['  optimizer: { id: sgd }', 'x.yaml:5:3: The key distillation.optimizer is now distillation.learner.optimizer.'],
    ['  beta1: 0.9', 'x.yaml:5:3: The key distillation.beta1 is now distillation.outerOptimizer.beta1.'],
    ['  clip: 1\n  beta2: 0.9', 'x.yaml:6:3: The key distillation.beta2 is now distillation.outerOptimizer.beta2.'],
    ...Object.entries({
      learners: 'start',
      poolSize: 'poolSize',
      maxAge: 'maxAge',
      batchSize: 'batchSize',
      learningRate: 'learningRate',
    }).map(([old, now]): [string, string] => [
      `  metaOptimizer:\n    ${old}: 3`,
      `x.yaml:6:5: The key distillation.metaOptimizer.${old} is now distillation.learner.${now}.`,
    ]),
  ])('is told with its new name and its place: %j', (text, message) => {
    expect(refused(text)).toEqual({
      code: 'FARZI_CONFIG_UNKNOWN_KEY',
      message,
      hint: `Move the value to ${message.replace(/^.* is now /, '')}`,
    });
  });

  it('is told where it is set, and together with all others in the order of the file', () => {
    expect(refused('  clip: 1', 'distillation.beta1=0.5').message).toBe(
      '--set distillation.beta1=0.5: The key distillation.beta1 is now distillation.outerOptimizer.beta1.',
    );
    expect(refused('  metaOptimizer: { maxAge: 3, learners: pool }\n  beta1: 0.5')).toEqual({
      code: 'FARZI_CONFIG_UNKNOWN_KEY',
      message: [
        'x.yaml:5:20: The key distillation.metaOptimizer.maxAge is now distillation.learner.maxAge.',
        'x.yaml:5:31: The key distillation.metaOptimizer.learners is now distillation.learner.start.',
        'x.yaml:6:3: The key distillation.beta1 is now distillation.outerOptimizer.beta1.',
      ].join('\n'),
      hint: 'Move the values to their new keys.',
    });
  });

  it('may be an option of another meta-optimizer', () => {
    const { config } = parseConfig(`${minimal}  metaOptimizer: { id: mine, batchSize: 3 }`, 'x.yaml');
    expect(config.distillation.metaOptimizer).toEqual({ id: 'mine', batchSize: 3 });
  });
});
