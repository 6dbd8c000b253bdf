import { expect, it } from 'vitest';
import { toyDataset } from '../../test/toy-experiment.js';
import { decodeCheckpoint, encodeCheckpoint } from '../storage/checkpoint-bytes.js';
import { datasetFromValues, datasetValues } from './dataset-values.js';
import { digestOf } from './digest.js';

it.each(['recommendation', 'language'] as const)('a dataset (%s) comes back as it was, by way of bytes', (task) => {
  const dataset = {
    ...toyDataset('toy', task),
    titles: Array.from({ length: 30 }, (_, item) => `Item ${item}`),
    characters: Array.from({ length: 30 }, (_, item) => item),
    licence: 'CC0-1.0',
  };
  const again = datasetFromValues(decodeCheckpoint(encodeCheckpoint('data', datasetValues(dataset), {}), 'data', 'data'));
  expect(again).toEqual(dataset);
  expect(digestOf(again)).toBe(digestOf(dataset));
});

it('one without test cases or titles, too', () => {
  const dataset = { ...toyDataset('toy', 'recommendation'), test: [] };
  expect(datasetFromValues(datasetValues(dataset))).toEqual(dataset);
});
