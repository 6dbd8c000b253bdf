import type { MetricDefinition } from '../metric.js';
import { meanOf } from './mean.js';

/**
 * nDCG@k with one relevant item: 1 / log2(rank + 1) within the first k, 0 beyond. The ideal gain is 1, so there is
 * nothing to divide by. Source: Järvelin & Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002.
 */
export const ndcg: MetricDefinition = {
  id: 'ndcg',
  tasks: ['recommendation'],
  cutoff: 'required',
  smallerIsBetter: false,
  start: (cutoff) => meanOf(({ rank }) => (rank <= cutoff ? 1 / Math.log2(rank + 1) : 0)),
};
