import type { MetricAccumulator } from '../metric.js';
import { meanOf } from './mean.js';

/**
 * The share of targets whose rank is at most k. A tie counts as half a place, so a target that ties with the k-th best
 * is not among the first k.
 */
export function shareAmongFirst(k: number): MetricAccumulator {
  return meanOf(({ rank }) => (rank <= k ? 1 : 0));
}
