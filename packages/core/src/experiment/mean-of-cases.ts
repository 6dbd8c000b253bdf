import type { MeasuredStudent } from '../report/summary.js';

/** How far apart, at most, a metric and the mean of its values for single cases are where it is one. */
const ROUNDING = 1e-4;

/** Each case's mean over seeds; `undefined` where it is not known, or says nothing about the metric. */
export function meanOfCases(students: readonly MeasuredStudent[], key: string): Float64Array | undefined {
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
