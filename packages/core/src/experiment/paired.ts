import type { Metric } from '../evaluation/metric.js';
import { bootstrapMean } from '../evaluation/resampling.js';
import type { RandomStream } from '../random/stream.js';
import type { MeasuredStudent, PairedComparison } from '../report/summary.js';

/** How far apart, at most, a metric and the mean of its values for single cases are where it is one. */
const ROUNDING = 1e-4;

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

/** Each case's mean over seeds; `undefined` where it is not known, or says nothing about the metric. */
function meanOfCases(students: readonly MeasuredStudent[], key: string): Float64Array | undefined {
  const count = students[0]?.ofCases?.length ?? 0;
  if (count < 2) return undefined;
  const means = new Float64Array(count);
  for (const { ofCases, metrics } of students) {
    if (ofCases?.length !== count) return undefined;
    const sum = ofCases.reduce((total, value) => total + value, 0);
    const value = metrics[key] ?? Number.NaN;
    // also where one of them is not a number
    if (!(Math.abs(sum / count - value) <= ROUNDING * Math.abs(value))) return undefined;
    ofCases.forEach((each, index) => (means[index] = (means[index] as number) + each / students.length));
  }
  return means;
}
