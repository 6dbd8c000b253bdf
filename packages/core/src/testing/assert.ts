/** What a conformance suite throws: the check that failed, and how far off it was. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError';
}

/** Throws a {@link ConformanceError} when a condition does not hold. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ConformanceError(message);
}

/** Relative L2 distance of two lists of numbers; NaN when one has a NaN. */
export function relativeDistance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let index = 0; index < Math.max(actual.length, expected.length); index++) {
    difference += ((actual[index] ?? Number.NaN) - (expected[index] ?? Number.NaN)) ** 2;
    size += (expected[index] ?? 0) ** 2;
  }
  return Math.sqrt(difference) / Math.max(Math.sqrt(size), 1e-6);
}
