import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { toyDataset } from '../../test/toy-experiment.js';
import { noOptions } from '../options/schema.js';
import { defineDataset } from '../plugin/define.js';
import type { Dataset } from './dataset.js';
import { loadDataset } from './load.js';

const full = toyDataset('toy', 'recommendation');
const load = (dataset: Dataset): Promise<Dataset> =>
  loadDataset(defineDataset({ id: 'toy', task: 'recommendation', schema: noOptions, load: () => Promise.resolve(dataset) })());

describe('a dataset that a program loads', () => {
  it('is what its definition gives', async () => {
    expect(await load(full)).toBe(full);
  });

  it.each<[string, Partial<Dataset>, string]>([
    [
      'ids outside its vocabulary',
      { train: [Int32Array.of(1, 30)] },
      'holds the token 30 in training sequence 0 at 1, outside its vocabulary of 30',
    ],
    ['no validation cases', { validation: [] }, 'has no validation cases'],
    ['the task of another', { task: 'language' }, 'is for language, and is used for recommendation'],
  ])('is refused with %s, before it is used', async (_what, change, problem) => {
    expect(await errorOf(() => load({ ...full, ...change }))).toMatchObject({
      code: 'FARZI_DATA_INVALID',
      message: `The dataset toy ${problem}.`,
    });
  });
});
