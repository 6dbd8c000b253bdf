import { availableParallelism, totalmem } from 'node:os';
import { FarziError } from '../errors.js';

/**
 * Threads that an engine computes with where nobody says how many: as many as the variable FARZI_THREADS, or one per core.
 *
 * @throws FARZI_CONFIG_INVALID if the variable is no whole number above 0
 */
export function threadsHere(): number {
  const named = process.env['FARZI_THREADS'] ?? '';
  if (named === '') return availableParallelism();
  const threads = Number(named);
  if (Number.isSafeInteger(threads) && threads > 0) return threads;
  throw new FarziError(
    'FARZI_CONFIG_INVALID',
    `The environment variable FARZI_THREADS is ${JSON.stringify(named)}, which is no number of threads.`,
    {
      hint: 'Set it to a whole number above 0, or to nothing: one per core.',
    },
  );
}

/** How much memory there is, and whose it is; `undefined` where nobody says. */
export function memoryHere(): { readonly bytes: number; readonly origin: string } | undefined {
  const machine = totalmem();
  // 0, or more than there is, where nothing constrains the process
  const container = process.constrainedMemory();
  return container !== undefined && container > 0 && container < machine
    ? { bytes: container, origin: 'the memory of this container' }
    : { bytes: machine, origin: 'the memory of this machine' };
}

/** Bytes that this process takes. */
export const memoryTaken = (): number => process.memoryUsage.rss();
