import { expect } from 'vitest';

/**
 * Fails unless two lists have the same length and every pair of numbers differs by at most `tolerance`, relative to
 * numbers above 1. NaN equals nothing.
 */
export function expectAllClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void {
  expect(actual.length).toBe(expected.length);
  const far = Array.from(expected).flatMap((value, index) => {
    const given = actual[index] ?? Number.NaN;
    const close = given === value || Math.abs(given - value) <= tolerance * Math.max(1, Math.abs(value));
    return close ? [] : [`[${index}]: ${given} instead of ${value}`];
  });
  expect(far).toEqual([]);
}

/** The error that a call throws or rejects with, to look at its code, message and hint. */
export async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
