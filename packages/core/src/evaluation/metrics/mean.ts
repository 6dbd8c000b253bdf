import type { MetricAccumulator, Observation } from '../metric.js';

/** The mean of a score over all observations; NaN when there were none. */
export function meanOf(score: (observation: Observation) => number): MetricAccumulator {
  let sum = 0;
  let count = 0;
  return {
    observe(observation) {
      sum += score(observation);
      count += 1;
    },
    result: () => sum / count,
  };
}
