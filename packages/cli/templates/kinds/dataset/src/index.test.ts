import { fileURLToPath } from 'node:url';
import { loadDataset } from '@farzi/core';
import { checkDataset } from '@farzi/core/testing';
import { expect, it } from 'vitest';
import { myContribution } from './index.js';

it('keeps the contract of a dataset', async () => {
  const dataset = await loadDataset(myContribution({ path: fileURLToPath(new URL('../example/histories.json', import.meta.url)) }));
  checkDataset(dataset);
  expect(dataset).toMatchObject({ sequences: 40, events: 320 });
});
