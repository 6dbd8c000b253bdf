import { FarziError, isFarziError } from '../errors.js';
import type { Locator } from '../options/problems.js';

/**
 * A coded error with the place in the configuration that it is about; any other error as it is.
 *
 * @param document - the configuration as it was written; without it no place is known
 * @param path - of the value that is to blame
 */
export function withPlace(error: unknown, document: Locator | undefined, path: readonly string[]): unknown {
  if (document === undefined || !isFarziError(error)) return error;
  const message = `${document.locate(path).text}: ${error.message}`;
  return new FarziError(error.code, message, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
  });
}
