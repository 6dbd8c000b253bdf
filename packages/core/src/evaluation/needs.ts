import type { Dataset } from '../data/dataset.js';
import { FarziError } from '../errors.js';
import type { Metric } from './metric.js';

/**
 * Refuses metrics that count characters where a dataset does not say how many its tokens stand for.
 *
 * @throws FARZI_CONFIG_INVALID
 */
export function requireCharacters({ id, characters }: Pick<Dataset, 'id' | 'characters'>, metrics: readonly Metric[]): void {
  const needy = metrics.find(({ needs }) => needs.includes('characters'));
  if (characters !== undefined || needy === undefined) return;
  throw new FarziError(
    'FARZI_CONFIG_INVALID',
    `The metric ${needy.key} counts characters, and the dataset ${id} does not say how many its tokens stand for.`,
    { hint: 'Take it out of evaluation, or use tokenizer: character or subword.' },
  );
}
