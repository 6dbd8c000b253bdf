import { describe, expect, it } from 'vitest';
import { distillationOptions, teacherOptions } from '../distill/options.js';
import { trainingOptions } from '../training/options.js';
import { adam } from './adam.js';
import { cosineRate } from './schedule.js';

describe('what a program in JavaScript gives', () => {
  it.each<[string, (given: never) => unknown, unknown]>([
    ['training.schedule', (schedule) => trainingOptions({ schedule }), 'cosine'],
    ['training.optimizer', (optimizer) => trainingOptions({ optimizer }), { id: 'adam' }],
    ['teacher.schedule', (schedule) => teacherOptions({ schedule }), null],
    ['distillation.schedule', (schedule) => distillationOptions({ schedule }), 'constant'],
    ['distillation.outerOptimizer', (outerOptimizer) => distillationOptions({ outerOptimizer }), 'sgd'],
    ['distillation.learner.optimizer', (optimizer) => distillationOptions({ learner: { optimizer } }), adam],
  ])('for %s is refused if it is none', (path, options, given) => {
    expect(() => options(given as never)).toThrow(
      expect.objectContaining({
        code: 'FARZI_CONFIG_INVALID',
        message: expect.stringContaining(`The value of ${path} must be `) as string,
      }),
    );
  });

  it('is taken as it is otherwise', () => {
    const [optimizer, schedule] = [adam({ epsilon: 1 }), cosineRate()];
    expect(trainingOptions({ optimizer, schedule })).toMatchObject({ optimizer, schedule });
  });
});
