import type { MetricDefinition } from '../metric.js';
import { meanOf } from './mean.js';

/**
 * Perplexity: the exponential of the mean negative log-probability of a token. Only comparable between models with the
 * same vocabulary.
 */
export const perplexity: MetricDefinition = {
  id: 'perplexity',
  tasks: ['language'],
  cutoff: 'none',
  smallerIsBetter: true,
  start: () => {
    const mean = meanOf(({ logProbability }) => -logProbability);
    return { ...mean, result: () => Math.exp(mean.result()) };
  },
};
