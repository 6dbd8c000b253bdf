import { checkModel } from '@farzi/core/testing';
import { describe, expect, it } from 'vitest';
import plugin, { sasrec } from './index.js';

describe('sasrec', () => {
  it.each([
    ['by default', {}],
    ['with one block and four heads', { blocks: 1, heads: 4, hiddenSize: 8 }],
    ['with normalisation after each sublayer', { blocks: 2, hiddenSize: 8, normalisation: 'post' }],
  ])('keeps the contract of a model %s', async (_name, options) => {
    await expect(checkModel(sasrec, { options: { hiddenSize: 16, initialDeviation: 0.3, ...options } })).resolves.toBeUndefined();
  });

  it('refuses heads that do not divide the width', () => {
    const create = (): unknown =>
      sasrec.create(
        { hiddenSize: 10, blocks: 1, heads: 3, dropout: 0, normalisation: 'pre', initialDeviation: 0.02 },
        { vocabularySize: 5, maxLength: 4 },
      );
    expect(create).toThrow('sasrec: The 3 heads do not divide a hiddenSize of 10.');
  });

  it('is what the plugin contributes', () => {
    expect(plugin.models?.map(({ id }) => id)).toEqual(['sasrec']);
  });
});
