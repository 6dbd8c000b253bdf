import { isFarziError } from '@farzi/core';

/** What a user sees of a coded error. */
export interface SeenError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** The coded error that a promise must end in; any other outcome fails the test. */
export async function errorOf(promise: Promise<unknown>): Promise<SeenError> {
  try {
    await promise;
  } catch (error) {
    return seen(error);
  }
  throw new Error('Expected a FarziError, but nothing was thrown.');
}

/** The coded error that a function must throw. */
export function errorFrom(action: () => unknown): SeenError {
  try {
    action();
  } catch (error) {
    return seen(error);
  }
  throw new Error('Expected a FarziError, but nothing was thrown.');
}

function seen(error: unknown): SeenError {
  if (!isFarziError(error)) throw error;
  return { code: error.code, message: error.message, hint: error.hint };
}
