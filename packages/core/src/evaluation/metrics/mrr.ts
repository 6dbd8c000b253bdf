import type { MetricDefinition } from '../metric.js';
import { meanOf } from './mean.js';

/** Mean reciprocal rank, over the whole catalogue. */
export const meanReciprocalRank: MetricDefinition = {
  id: 'mrr',
  tasks: ['recommendation'],
  cutoff: 'none',
  smallerIsBetter: false,
  start: () => meanOf(({ rank }) => 1 / rank),
};
