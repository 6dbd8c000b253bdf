import { describe, expect, it } from 'vitest';
import { decisiveSettings, mayGrow, pluginSettings } from './settings.js';

describe('decisive settings', () => {
  it('name what is in lists that may grow, and leave out the limit of memory', () => {
    const config = {
      ...{ seed: 1, memoryLimit: 5, model: { id: 'gru', size: 3 }, plugins: ['./a.js'] },
      students: [{ id: 'gru', size: 3 }, { id: 'gru' }],
      evaluation: { seeds: 2, arms: [{ id: 'full' }, { id: 'first', count: 3 }], metrics: ['mrr', 'hr@10'] },
    };
    expect(decisiveSettings(config)).toEqual({
      ...{ seed: '1', 'model.id': '"gru"', 'model.size': '3', 'plugins../a.js': 'there' },
      ...{ 'students.gru': '{"size":3}', 'students.gru 2': 'there' },
      ...{ 'evaluation.seeds': '2', 'evaluation.arms.full': 'there', 'evaluation.arms.first': '{"count":3}' },
      ...{ 'evaluation.metrics.mrr': 'there', 'evaluation.metrics.hr@10': 'there' },
    });
  });

  it('have the model for the student where none is listed', () => {
    expect(decisiveSettings({ model: { id: 'gru', size: 3 } })['students.gru']).toBe('{"size":3}');
  });

  it.each([null, [], 'x', { evaluation: 'x' }, { students: 3, evaluation: { arms: {} } }, { students: [null, 4] }])(
    'are something for %j, too: a file may hold anything',
    (config) => {
      expect(Object.keys(decisiveSettings(config))).not.toEqual([]);
    },
  );
});

it('plugins have their versions, where these are known', () => {
  expect(pluginSettings(['a', 'b'], { a: '1.2.3' })).toEqual({ 'plugin a': '1.2.3', 'plugin b': 'of unknown version' });
});

it.each([
  ['students.gru', undefined, 'there', true],
  ['students.gru', 'there', undefined, false],
  ['students.gru', '{"size":3}', '{"size":4}', false],
  ['evaluation.metrics.mrr', undefined, 'there', true],
  ['plugin a', undefined, '1.0.0', true],
  ['plugin a', '1.0.0', '1.0.1', false],
  ['evaluation.seeds', '2', '3', true],
  ['evaluation.seeds', '3', '2', false],
  ['evaluation.seeds', undefined, '2', false],
  ['evaluation.selection', undefined, '"mrr"', false],
  ['seed', undefined, '1', false],
])('%s from %s to %s is growth: %s', (name, saved, current, expected) => {
  expect(mayGrow(name, saved, current)).toBe(expected);
});
