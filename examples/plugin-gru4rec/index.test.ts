import { checkModel } from '@farzi/core/testing';
import { expect, it } from 'vitest';
import { gru4rec } from './index.js';

it('keeps the contract of a model', async () => {
  await expect(checkModel(gru4rec, { options: { hiddenSize: 6, initialDeviation: 0.5 } })).resolves.toBeUndefined();
});
