import type { Metric } from '../evaluation/metric.js';
import { bootstrapMean } from '../evaluation/resampling.js';
import type { RandomStream } from '../random/stream.js';
import type { MeasuredStudent, PairedComparison } from '../report/summary.js';
import { meanOfCases } from './mean-of-cases.js';

/**
 * Compares students on distilled data with those on everything else, user by user: what users differ in counts for both.
 * A metric that is no mean over cases cannot be compared like this, and gives nothing.
 */
export function pairedComparisons(results: readonly MeasuredStudent[], { key }: Metric, stream: RandomStream): PairedComparison[] {
  const ofStudent = (name: string): PairedComparison[] => {
    const own = results.filter(({ student }) => student === name);
    const ofArm = (arm: string): Float64Array | undefined =>
      meanOfCases(
        own.filter(({ data }) => data === arm),
        key,
      );
    const distilled = ofArm(DISTILLED);
    if (distilled === undefined) return [];
    return [...new Set(own.map(({ data }) => data))].flatMap((against) => {
      const other = against === DISTILLED ? undefined : ofArm(against);
      if (other?.length !== distilled.length) return [];
      const differences = distilled.map((value, index) => value - (other[index] as number));
      const { mean: difference, low, high } = bootstrapMean(differences, stream.child(name, against));
      return [{ student: name, against, metric: key, difference, low, high }];
    });
  };
  return [...new Set(results.map(({ student }) => student))].flatMap(ofStudent);
}

const DISTILLED = 'distilled';
