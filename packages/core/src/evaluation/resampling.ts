import type { RandomStream } from '../random/stream.js';

/** Times that cases are drawn again, and at least, where they are many. */
const RESAMPLES = 2000;
const FEWEST_RESAMPLES = 200;

/** Draws of a case that are made in all, about: what many cases say needs fewer resamples. */
const DRAWS = 2e7;

/** Share of the resamples on either side of an interval. */
const TAIL = 0.025;

/** Where the mean of what all cases say lies that some were drawn from. */
export interface Interval {
  readonly mean: number;
  /** Ends of the middle 95 %. */
  readonly low: number;
  readonly high: number;
}

/**
 * The mean of some values, and the percentiles 2.5 and 97.5 of means of as many values drawn from them with replacement.
 * Source: Efron & Tibshirani, "An introduction to the bootstrap", 1993, section 13.3.
 *
 * @param values - of independent cases, at least one
 */
export function bootstrapMean(values: Float64Array, stream: RandomStream): Interval {
  const count = values.length;
  const resamples = Math.max(FEWEST_RESAMPLES, Math.min(RESAMPLES, Math.floor(DRAWS / count)));
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let draw = 0; draw < count; draw++) sum += values[stream.integer(count)] as number;
    return sum / count;
  }).sort();
  const at = (share: number): number => means[Math.round(share * (resamples - 1))] as number;
  return { mean: values.reduce((sum, value) => sum + value, 0) / count, low: at(TAIL), high: at(1 - TAIL) };
}
