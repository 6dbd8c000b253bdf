import { constants } from 'node:fs';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { FarziError } from '../errors.js';
import { onDisk, unlessMissing } from './file-system.js';

/** The byte that is locked, behind all that is written: Windows lets nobody read bytes that are locked. */
const LOCKED_BYTE = 2 ** 40;

/**
 * A lock that the operating system holds: it is free when the process is gone, however that ended, and no clock or list
 * of processes decides whether one is stale. The file is there while somebody has the lock.
 */
export class FileLock {
  private constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
  ) {}

  /**
   * @param file - in a folder that is there
   * @returns `undefined` where another process has the lock
   * @throws FARZI_FILE_SYSTEM
   */
  static async tryAcquire(file: string): Promise<FileLock | undefined> {
    for (;;) {
      const handle = await onDisk('lock', file, () => open(file, constants.O_RDWR | constants.O_CREAT));
      try {
        if (!(await onDisk('lock', file, () => tryLock(handle)))) {
          await handle.close();
          return undefined;
        }
        // whoever had it may have removed the file after it was opened here
        if (await onDisk('lock', file, () => isStill(file, handle))) return new FileLock(file, handle);
      } catch (error) {
        await handle.close();
        throw error;
      }
      await handle.close();
    }
  }

  /** Writes something for people who look into the file. */
  async write(text: string): Promise<void> {
    await onDisk('write', this.file, async () => {
      await this.handle.truncate(0);
      await this.handle.write(text, 0);
    });
  }

  /** Lets others have it. */
  async release(): Promise<void> {
    // while it is still locked: nobody else has it, so it is nobody else's
    await rm(this.file, { force: true }).catch(() => undefined);
    await this.handle.close();
  }
}

async function tryLock(handle: FileHandle): Promise<boolean> {
  // imported when it is needed: programs without runs work where there is no build of it
  const locks = await import('fs-native-extensions').catch((cause: unknown) => {
    throw new FarziError('FARZI_FILE_SYSTEM', `Files cannot be locked on ${process.platform} ${process.arch}: ${String(cause)}.`, {
      hint: 'Install @farzi/core again. Where fs-native-extensions has no build, use the library (distill, trainStudent) instead of runs.',
      cause,
    });
  });
  return locks.tryLock(handle.fd, LOCKED_BYTE, 1);
}

async function isStill(file: string, handle: FileHandle): Promise<boolean> {
  const [opened, there] = await Promise.all([handle.stat({ bigint: true }), unlessMissing(stat(file, { bigint: true }))]);
  return opened.ino === there?.ino && opened.dev === there.dev;
}
