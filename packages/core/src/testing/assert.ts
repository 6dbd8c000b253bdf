import { reasonOf } from '../errors.js';

/** What a conformance suite throws: the check that failed, and how far off it was. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError';
}

/** Throws a {@link ConformanceError} when a condition does not hold. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ConformanceError(message);
}

/**
 * The result of a call; what it throws becomes a {@link ConformanceError} that says which call it was.
 *
 * @param what - the beginning of a sentence about the call: `tiny: Calling create`
 */
export async function attempt<T>(what: string, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof ConformanceError) throw cause;
    throw new ConformanceError(`${what} throws ${reasonOf(cause)}.`, { cause });
  }
}

/** Relative L2 distance of two lists of numbers; NaN when one has a NaN. */
export function relativeDistance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return distance(actual, expected) / Math.max(norm(expected), 1e-6);
}

/** L2 distance of two lists of numbers; NaN when one has a NaN, or when one is longer. */
export function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return norm(
    Array.from(
      { length: Math.max(actual.length, expected.length) },
      (_, index) => (actual[index] ?? Number.NaN) - (expected[index] ?? Number.NaN),
    ),
  );
}

/** L2 norm of a list of numbers. */
export function norm(values: ArrayLike<number>): number {
  let total = 0;
  for (let index = 0; index < values.length; index++) total += (values[index] as number) ** 2;
  return Math.sqrt(total);
}

/** Whether two lists hold the same numbers; NaN is itself. */
export function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.from(a).every((value, index) => Object.is(value, b[index]));
}

/** Whether all numbers are finite. */
export const allFinite = (values: ArrayLike<number>): boolean => Array.from(values).every(Number.isFinite);
