import type { MetricDefinition } from '../metric.js';
import { shareAmongFirst } from './top-k.js';

/**
 * Next-token accuracy@k: the share of tokens ranked among the first k of the vocabulary. `accuracy@1` is the share
 * predicted right.
 */
export const accuracy: MetricDefinition = {
  id: 'accuracy',
  tasks: ['language'],
  cutoff: 'required',
  smallerIsBetter: false,
  start: shareAmongFirst,
};
