import { FarziError, isFarziError, type FarziErrorOptions } from '@farzi/core';

/** Thousands separators that do not depend on the machine's locale: these numbers end up in messages that tests pin. */
const integers = new Intl.NumberFormat('en-US');

/** `100004` → `100,004`. */
export function formatCount(count: number): string {
  return integers.format(count);
}

/** `1 user`, `2 users`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** The beginning of a text that may be of any length, for messages. */
export function excerpt(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

/** The text of anything thrown; `fetch` hides the useful one in `cause`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
}

/** The system's error code (`ENOENT`), or the library's. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** `FARZI_INTERRUPTED` for work on `what` that an AbortSignal stopped. */
function interrupted(what: string, cause: unknown): FarziError {
  return new FarziError('FARZI_INTERRUPTED', `Interrupted while ${what}.`, { cause });
}

/** Turns what a stream or system call threw into a coded error; coded errors and interruptions keep their meaning. */
export function asFarziError(
  error: unknown,
  signal: AbortSignal | undefined,
  doing: string,
  otherwise: (options: FarziErrorOptions) => FarziError,
): FarziError {
  if (isFarziError(error)) return error;
  if (signal?.aborted === true) return interrupted(doing, error);
  return otherwise({ cause: error });
}
