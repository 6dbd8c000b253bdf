import { checkModel } from '@farzi/core/testing';
import { describe, expect, it } from 'vitest';
import plugin, { transformerLm } from './index.js';

const defaults = {
  width: 8,
  blocks: 2,
  heads: 2,
  feedForwardFactor: 4,
  activation: 'gelu',
  positions: 'learned',
  dropout: 0.1,
  initialDeviation: 0.02,
} as const;

describe('transformer-lm', () => {
  it.each([
    ['by default', {}],
    ['with sinusoidal positions', { positions: 'sinusoidal' }],
    // few rectifiers: central differences are far off where one of them switches within a step
    ['with relu', { activation: 'relu', feedForwardFactor: 1 }],
    ['with relu and sinusoidal positions', { activation: 'relu', feedForwardFactor: 1, positions: 'sinusoidal' }],
    ['with one head', { heads: 1 }],
    ['with four heads', { heads: 4 }],
    ['with one block', { blocks: 1 }],
    ['with three blocks and narrow feed-forward layers', { blocks: 3, feedForwardFactor: 1 }],
  ])('keeps the contract of a model %s', async (_name, options) => {
    await expect(checkModel(transformerLm, { options: { width: 8, initialDeviation: 0.3, ...options } })).resolves.toBeUndefined();
  });

  it.each([
    ['heads that do not divide the width', { width: 10, heads: 3 }, 'transformer-lm: The 3 heads do not divide a width of 10.'],
    [
      'an odd width with sinusoidal positions',
      { width: 9, heads: 3, positions: 'sinusoidal' },
      'transformer-lm: Sinusoidal positions need an even width, and it is 9.',
    ],
  ] as const)('refuses %s', (_name, options, message) => {
    const create = (): unknown => transformerLm.create({ ...defaults, ...options }, { vocabularySize: 5, maxLength: 4 });
    expect(create).toThrow(expect.objectContaining({ code: 'FARZI_CONFIG_INVALID', message }));
  });

  it('starts residual branches smaller, and has a position table only where positions are learned', () => {
    const created = (positions: 'learned' | 'sinusoidal') =>
      transformerLm.create({ ...defaults, positions }, { vocabularySize: 5, maxLength: 4 }).parameters;
    const branch = { initial: { distribution: 'normal', standardDeviation: 0.01 } };
    expect(created('learned')).toMatchObject({
      positionEmbedding: { shape: [4, 8] },
      blocks: Array.from({ length: 2 }, () => ({
        query: { weight: { initial: { standardDeviation: 0.02 } } },
        output: { weight: branch },
        contract: { weight: branch },
      })),
    });
    expect(created('sinusoidal')).not.toHaveProperty('positionEmbedding');
  });

  it('is what the plugin contributes', () => {
    expect(plugin.models?.map(({ id, task }) => [id, task])).toEqual([['transformer-lm', 'language']]);
  });
});
