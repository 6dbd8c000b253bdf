import { availableParallelism, totalmem } from 'node:os';

/** Threads that compute at the same time. */
export const threadsHere = (): number => availableParallelism();

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
