import { describe, expect, it } from 'vitest';
import { refusal } from '../../test/refusal.js';
import { parseConfig } from './file.js';
import type { ExperimentConfig } from './schema.js';

const minimal = 'task: recommendation\ndataset: toy\nmodel: { id: tiny, width: 4 }\n';
const configured = (text: string, ...overrides: readonly string[]): ExperimentConfig =>
  parseConfig(minimal + text, 'x.yaml', overrides).config;

describe('a contribution that is named by its id alone', () => {
  it('is one without options, wherever it stands', () => {
    const config = configured(
      [
        'students: [tiny, { id: tiny, width: 2 }]',
        'synthetic: { initialisation: random }',
        'teacher: { schedule: cosine, optimizer: sgd }',
        'distillation: { metaOptimizer: mine, schedule: cosine, outerOptimizer: sgd, learner: { optimizer: sgd } }',
        'fullTraining: { schedule: cosine }',
        'evaluation: { arms: [full, { id: distilled }] }',
      ].join('\n'),
    );
    expect(config.dataset).toEqual({ id: 'toy' });
    expect(config.students).toEqual([{ id: 'tiny' }, { id: 'tiny', width: 2 }]);
    expect(config.synthetic.initialisation).toEqual({ id: 'random' });
    expect([config.teacher.schedule, config.teacher.optimizer]).toEqual([{ id: 'cosine' }, { id: 'sgd' }]);
    const { metaOptimizer, schedule, outerOptimizer, learner } = config.distillation;
    expect([metaOptimizer, schedule, outerOptimizer, learner.optimizer]).toEqual(['mine', 'cosine', 'sgd', 'sgd'].map((id) => ({ id })));
    expect(config.fullTraining).toEqual({ schedule: { id: 'cosine' } });
    expect(config.evaluation.arms).toEqual([{ id: 'full' }, { id: 'distilled' }]);
  });

  it('may be set so, too, and has none of the options of the one before', () => {
    const config = configured('', 'model=plain', 'synthetic.initialisation=random', 'students.0=tiny', 'evaluation.arms=[head]');
    expect([config.model, config.synthetic.initialisation, config.students, config.evaluation.arms]).toEqual([
      { id: 'plain' },
      { id: 'random' },
      [{ id: 'tiny' }],
      [{ id: 'head' }],
    ]);
  });

  it('takes options that are set', () => {
    expect(configured('', 'model=plain', 'model.width=9').model).toEqual({ id: 'plain', width: 9 });
    expect(configured('teacher: { optimizer: adam }', 'teacher.optimizer.beta1=0.5').teacher.optimizer).toEqual({ id: 'adam', beta1: 0.5 });
  });

  it.each([
    [
      'synthetic: { initialisation: 3 }',
      'x.yaml:4:30: The value of synthetic.initialisation must be a mapping of keys to values, but it is 3.',
    ],
    ['students: [tiny, 4]', 'x.yaml:4:18: The value of students.1 must be a mapping of keys to values, but it is 4.'],
    ['evaluation: { arms: full }', 'x.yaml:4:21: The value of evaluation.arms must be a list, but it is "full".'],
    ['teacher: { optimizer: }', 'x.yaml:4:23: The value of teacher.optimizer must be a mapping of keys to values, but it is null.'],
    ['distillation: { learner: }', 'x.yaml:4:26: The value of distillation.learner must be a mapping of keys to values, but it is null.'],
    [
      'training: { schedule: [cosine] }',
      'x.yaml:4:23: The value of training.schedule must be a mapping of keys to values, but it is ["cosine"].',
    ],
  ])('is not anything else: %s', (text, message) => {
    expect(refusal(() => configured(text))).toMatchObject({ code: 'FARZI_CONFIG_INVALID', message });
  });
});

describe('the id of a contribution that usually stands somewhere', () => {
  it.each([
    ['distillation.metaOptimizer.realBatchSize=512', 'farzi', { realBatchSize: 512 }],
    ['distillation.metaOptimizer.trajectory.memoryBudget=64', 'farzi', { trajectory: { memoryBudget: 64 } }],
  ])('stays when one of its options is set: %s', (override, id, options) => {
    expect(configured('', override).distillation.metaOptimizer).toEqual({ id, ...options });
  });

  it('stays when one of its options is written', () => {
    const { distillation } = configured('distillation: { outerOptimizer: { beta1: 0.8 }, learner: { optimizer: { beta2: 0.9 } } }');
    expect(distillation.outerOptimizer).toEqual({ id: 'adam', beta1: 0.8, beta2: 0.99, epsilon: 1e-8 });
    expect(distillation.learner.optimizer).toEqual({ id: 'adam', beta2: 0.9 });
  });

  it('brings its usual options, which give way to those that are given', () => {
    const { distillation } = configured('distillation: { outerOptimizer: { id: adam, beta2: 0.5 }, learner: { optimizer: adam } }');
    expect(distillation.outerOptimizer).toEqual({ id: 'adam', beta2: 0.5, epsilon: 1e-8 });
    expect(distillation.learner.optimizer).toEqual({ id: 'adam' });
  });

  it('keeps them to itself: another has its own', () => {
    const { distillation } = configured(
      'distillation: { outerOptimizer: { id: sgd, momentum: 0.5 } }',
      'distillation.learner.optimizer.id=sgd',
    );
    expect(distillation.outerOptimizer).toEqual({ id: 'sgd', momentum: 0.5 });
    expect(distillation.learner.optimizer).toEqual({ id: 'sgd' });
  });
});

describe('an id that is set', () => {
  const written =
    'distillation: { outerOptimizer: { id: adam, beta1: 0.5 } }\nteacher: { optimizer: { beta1: 0.5 } }\nstudents: [{ id: tiny, width: 3 }]';

  it('drops the options of the one before', () => {
    const { distillation, teacher, model, students } = configured(
      written,
      ...['distillation.outerOptimizer.id=sgd', 'teacher.optimizer.id=sgd', 'model.id=plain', 'students.0.id=plain'],
    );
    expect(distillation.outerOptimizer).toEqual({ id: 'sgd' });
    expect(teacher.optimizer).toEqual({ id: 'sgd' });
    expect([model, students]).toEqual([{ id: 'plain' }, [{ id: 'plain' }]]);
  });

  it('keeps options that are set after it', () => {
    const { distillation } = configured(written, 'distillation.outerOptimizer.id=sgd', 'distillation.outerOptimizer.momentum=0.9');
    expect(distillation.outerOptimizer).toEqual({ id: 'sgd', momentum: 0.9 });
  });

  it('keeps all options where it is the same, said or not', () => {
    const { distillation, teacher, model } = configured(
      written,
      ...['distillation.outerOptimizer.id=adam', 'teacher.optimizer.id=adam', 'model.id=tiny'],
    );
    expect(distillation.outerOptimizer).toEqual({ id: 'adam', beta1: 0.5, beta2: 0.99, epsilon: 1e-8 });
    expect(teacher.optimizer).toEqual({ id: 'adam', beta1: 0.5 });
    expect(model).toEqual({ id: 'tiny', width: 4 });
  });
});
