import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { refusal } from '../../test/refusal.js';
import { toyPlugin } from '../../test/toy-experiment.js';
import { parseConfig } from './file.js';
import { createRegistry } from '../experiment/experiment.js';
import { resolveExperiment, type ResolvedExperiment } from './resolve.js';

const registry = createRegistry([toyPlugin]);
const language = 'task: language\ndataset: { id: text }\nmodel: { id: writer }\n';

function resolved(text: string, ...overrides: readonly string[]): ResolvedExperiment {
  const { config, document } = parseConfig(text, 'x.yaml', overrides);
  return resolveExperiment(config, registry, document);
}

describe('resolveExperiment', () => {
  const metrics = 'evaluation:\n  metrics: [surprise]\n  selection: surprise\n';

  it('refuses a seed whose students would get seeds that are the same number', () => {
    const last = Number.MAX_SAFE_INTEGER - 3;
    expect(refusal(() => resolved(`${language}${metrics}`, `seed=${last + 1}`))).toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
      message: `--set seed=${last + 1}: The seed ${last + 1} leaves no room for the 3 seeds of evaluation.`,
    });
    expect(resolved(`${language}${metrics}`, `seed=${last}`).config.seed).toBe(last);
  });

  it('refuses to leave out tokens that a text has already had', () => {
    expect(() => resolved(`${language}${metrics}  maskSeen: true\n`)).toThrow(
      expect.objectContaining({
        code: 'FARZI_CONFIG_INVALID',
        message: 'x.yaml:7:13: The option evaluation.maskSeen is for recommendation: a text may well repeat a token.',
        hint: 'Leave it out.',
      }) as Error,
    );
    expect(resolved(`${language}${metrics}  maskSeen: false\n`).config.evaluation.maskSeen).toBe(false);
  });

  it('numbers students of the same model', () => {
    const { students } = resolved(language + metrics, 'students=[{ id: writer, width: 4 }, { id: writer }, { id: writer }]');
    expect(students.map(({ label, options }) => [label, (options as { width: number }).width])).toEqual([
      ['writer', 4],
      ['writer 2', 8],
      ['writer 3', 8],
    ]);
  });

  it('numbers arms of the same kind', () => {
    const { arms } = resolved(language + metrics, 'evaluation.arms=[full, first, { id: first, count: 3 }]');
    expect(arms.map(({ label }) => label)).toEqual(['full', 'first', 'first 2']);
  });

  const items = 'task: recommendation\ndataset: toy\nmodel: tiny\n';
  it.each([
    ['evaluation: { arms: [full, rest] }', 'FARZI_CONTRIBUTION_UNKNOWN', 'x.yaml:4:28: No loaded plugin contributes the arm "rest".'],
    [
      'synthetic:\n  initialisation: teachers',
      'FARZI_CONTRIBUTION_UNKNOWN',
      'x.yaml:5:19: No loaded plugin contributes the initialisation "teachers".',
    ],
    ['training: { schedule: linear }', 'FARZI_CONTRIBUTION_UNKNOWN', 'x.yaml:4:23: No loaded plugin contributes the schedule "linear".'],
    ['teacher: { optimizer: adamw }', 'FARZI_CONTRIBUTION_UNKNOWN', 'x.yaml:4:23: No loaded plugin contributes the optimizer "adamw".'],
    [
      'fullTraining:\n  schedule: { id: cosine, flor: 0.5 }',
      'FARZI_CONFIG_UNKNOWN_KEY',
      'x.yaml:5:27: The key "flor" of fullTraining.schedule is not known.',
    ],
    [
      'distillation: { learner: { optimizer: { id: sgd, epsilon: 1e-3 } } }',
      'FARZI_CONFIG_UNKNOWN_KEY',
      'x.yaml:4:50: The key "epsilon" of distillation.learner.optimizer is not known.',
    ],
    [
      'distillation: { metaOptimizer: { unroll: full } }',
      'FARZI_CONFIG_INVALID',
      "x.yaml:4:32: The option distillation.metaOptimizer.unroll is full, but distillation.learner.start is pool: a pool's learners are differentiated in windows.",
    ],
    [
      'distillation: { learner: { start: snapshots } }',
      'FARZI_CONFIG_INVALID',
      'x.yaml:4:15: The option distillation.learner.start is snapshots, but no snapshots of training on the full data are kept.',
    ],
    [
      'evaluation: { arms: [{ id: full, rate: 3 }] }',
      'FARZI_CONFIG_UNKNOWN_KEY',
      'x.yaml:4:34: The key "rate" of evaluation.arms.0 is not known.',
    ],
    [
      'students: [writer]',
      'FARZI_CONFIG_INVALID',
      "x.yaml:4:12: The model writer is for language, and the experiment's task is recommendation.",
    ],
    [
      'evaluation: { metrics: [hit] }',
      'FARZI_CONFIG_INVALID',
      'x.yaml:4:25: The metric "hit" needs a whole positive cutoff, as in hit@10.',
    ],
    [
      'evaluation: { selection: perplexity }',
      'FARZI_CONFIG_INVALID',
      'x.yaml:4:26: The metric "perplexity" is for language, not for recommendation.',
    ],
  ])('says where in the file something is wrong: %j', (text, code, message) => {
    expect(refusal(() => resolved(items + text))).toMatchObject({ code, message });
  });

  it('says which setting is wrong', () => {
    expect(refusal(() => resolved(items, 'distillation.outerOptimizer.id=sgd', 'distillation.outerOptimizer.beta1=0.5')).message).toBe(
      '--set distillation.outerOptimizer.beta1=0.5: The key "beta1" of distillation.outerOptimizer is not known.',
    );
    expect(refusal(() => resolved(items, 'dataset=toys')).message).toBe(
      '--set dataset=toys: No loaded plugin contributes the dataset "toys".',
    );
  });

  it('keeps a configuration that reads the same when it is written out', () => {
    const { config } = resolved(items, 'fullTraining.schedule=cosine', 'evaluation.arms=[full, popularity]');
    expect(config).toMatchObject({
      dataset: { id: 'toy' },
      model: { id: 'tiny', width: 8, dropout: 0.1 },
      fullTraining: { schedule: { id: 'cosine', floor: 0 } },
      distillation: {
        learner: { optimizer: { id: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-5, weightDecay: 0 } },
        outerOptimizer: { id: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 },
      },
    });
    expect(resolved(stringify(config)).config).toEqual(config);
  });
});
