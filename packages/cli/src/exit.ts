import { errorCodes, isFarziError } from '@farzi/core/errors';

/** What the shell gets to know. */
export const exitCodes = { ok: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/** The exit code for something that was thrown. */
export function exitCodeOf(error: unknown): number {
  if (!isFarziError(error)) return exitCodes.failure;
  // A plugin may bring another copy of core, with codes that this one does not know.
  const { kind } = errorCodes[error.code] ?? { kind: 'internal' };
  if (kind === 'config') return exitCodes.usage;
  return kind === 'interrupted' ? exitCodes.interrupted : exitCodes.failure;
}
