import { FarziError, isFarziError } from '../errors.js';

/** Throws FARZI_INTERRUPTED once a signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new FarziError('FARZI_INTERRUPTED', 'The work was interrupted.', { hint: 'Run the same command with --resume to go on.' });
}

/** True for the error of {@link throwIfAborted}. */
export const isInterruption = (error: unknown): boolean => isFarziError(error) && error.code === 'FARZI_INTERRUPTED';
