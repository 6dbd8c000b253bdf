import { checkModel } from '@farzi/core/testing';
import { expect, it } from 'vitest';
import { nextItNet } from './index.js';

it('keeps the contract of a model', async () => {
  await expect(checkModel(nextItNet, { options: { hiddenSize: 5, blocks: 2, initialDeviation: 0.5 } })).resolves.toBeUndefined();
});
