import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FarziError } from '../errors.js';
import { makeFolders, onDisk, unlessMissing } from '../storage/file-system.js';

/** Name of the file whose lock a run holds. */
export const LOCK_FILE = 'run.lock';

/** The byte that is locked, behind all that is written: Windows lets nobody read bytes that are locked. */
const LOCKED_BYTE = 2 ** 40;

/** Whoever has the lock writes its name at once; somebody who comes at that moment waits for it. */
const NAME_TRIES = 20;
const NAME_WAIT_MILLISECONDS = 25;

/** The process that holds a lock. */
interface Holder {
  readonly pid: number;
  readonly host: string;
}

/**
 * A run directory's lock, held by the operating system: it is free when the process is gone, however that ended, and no
 * clock or list of processes decides whether one is stale. The file says who holds it, for people.
 */
export class RunLock {
  private constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
    /** Folders that were made for it, from the top. */
    private readonly made: readonly string[],
  ) {}

  /**
   * @param folder - is made where it is not there
   * @throws FARZI_RUN_LOCKED when another run holds it, FARZI_FILE_SYSTEM
   */
  static async acquire(folder: string): Promise<RunLock> {
    const made = await makeFolders(folder);
    const file = join(folder, LOCK_FILE);
    for (;;) {
      const handle = await onDisk('lock', file, () => open(file, constants.O_RDWR | constants.O_CREAT));
      try {
        if (!(await onDisk('lock', file, () => tryLock(handle)))) throw await lockedError(folder, file);
        // the run that had it may have removed the file after it was opened here
        if (await onDisk('lock', file, () => isStill(file, handle))) {
          await onDisk('write', file, () => sign(handle));
          return new RunLock(file, handle, made);
        }
      } catch (error) {
        await handle.close();
        throw error;
      }
      await handle.close();
    }
  }

  /** Lets others have the folder. */
  async release(): Promise<void> {
    // while it is still locked: nobody else has it, so it is nobody else's
    await rm(this.file, { force: true }).catch(() => undefined);
    await this.handle.close();
  }

  /** Also removes folders that were made for the lock, as far as nothing is in them. */
  async releaseUnused(): Promise<void> {
    await this.release();
    for (const folder of this.made.toReversed()) await rmdir(folder).catch(() => undefined);
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

async function sign(handle: FileHandle): Promise<void> {
  const holder: Holder = { pid: process.pid, host: hostname() };
  await handle.truncate(0);
  await handle.write(`${JSON.stringify(holder)}\n`, 0);
}

async function lockedError(folder: string, file: string): Promise<FarziError> {
  const holder = await holderOf(file);
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return new FarziError('FARZI_RUN_LOCKED', `The run directory ${folder} is in use by ${who}.`, {
    hint: 'Wait until that run has ended, or stop it and go on with --resume; or give --out another folder.',
  });
}

/** Who holds the lock of a file. A name of a process that is gone is still that of the run before. */
async function holderOf(file: string): Promise<Holder | undefined> {
  for (let attempt = 0; attempt < NAME_TRIES; attempt++) {
    const holder = parseHolder(await readFile(file, 'utf8').catch(() => ''));
    if (holder !== undefined && (holder.host !== hostname() || isAlive(holder.pid))) return holder;
    await wait(NAME_WAIT_MILLISECONDS);
  }
  return undefined;
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, host } = JSON.parse(text) as Partial<Holder>;
    return Number.isSafeInteger(pid) && typeof host === 'string' ? { pid: pid as number, host } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // not allowed to be asked is alive
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
