import { checkModel } from '@farzi/core/testing';
import { expect, it } from 'vitest';
import { lstm } from './index.js';

it('keeps the contract of a model', async () => {
  await expect(checkModel(lstm, { options: { width: 5, initialDeviation: 0.5 } })).resolves.toBeUndefined();
});
