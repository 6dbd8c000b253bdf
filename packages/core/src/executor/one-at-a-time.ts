import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FileLock } from '../storage/file-lock.js';
import { makeFolders } from '../storage/file-system.js';
import { throwIfAborted } from '../training/interruption.js';
import type { Executor } from './executor.js';
import { jobId } from './job.js';

/** How often whoever waits for a job looks whether it is done. */
const BETWEEN_LOOKS_MILLISECONDS = 50;

/**
 * Lets one of several runs that share a store do a job at a time: those that want the same job meanwhile wait, and find
 * out what came of it. One that ends before the job does leaves it to the next.
 *
 * @param folder - of the store
 */
export const oneAtATime = (executor: Executor, folder: string): Executor => ({
  workers: executor.workers,
  run: async (job, help) => {
    await makeFolders(folder);
    const file = join(folder, `${jobId(job)}.lock`);
    let lock = await FileLock.tryAcquire(file);
    while (lock === undefined) {
      throwIfAborted(help.signal);
      await wait(BETWEEN_LOOKS_MILLISECONDS);
      lock = await FileLock.tryAcquire(file);
    }
    try {
      return await executor.run(job, help);
    } finally {
      await lock.release();
    }
  },
  close: () => executor.close(),
});
