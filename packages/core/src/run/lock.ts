import { readFile, rmdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FarziError } from '../errors.js';
import { FileLock } from '../storage/file-lock.js';
import { makeFolders } from '../storage/file-system.js';

/** Name of the file whose lock a run holds. */
export const LOCK_FILE = 'run.lock';

/** Whoever has the lock writes its name at once; somebody who comes at that moment waits for it. */
const NAME_TRIES = 20;
const NAME_WAIT_MILLISECONDS = 25;

/** The process that holds a lock. */
interface Holder {
  readonly pid: number;
  readonly host: string;
}

/** A run directory's lock. The file says who holds it, for people. */
export class RunLock {
  private constructor(
    private readonly lock: FileLock,
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
    const lock = await FileLock.tryAcquire(file);
    if (lock === undefined) throw await lockedError(folder, file);
    const holder: Holder = { pid: process.pid, host: hostname() };
    try {
      await lock.write(`${JSON.stringify(holder)}\n`);
    } catch (error) {
      await lock.release();
      throw error;
    }
    return new RunLock(lock, made);
  }

  /** Lets others have the folder. */
  release(): Promise<void> {
    return this.lock.release();
  }

  /** Also removes folders that were made for the lock, as far as nothing is in them. */
  async releaseUnused(): Promise<void> {
    await this.release();
    for (const folder of this.made.toReversed()) await rmdir(folder).catch(() => undefined);
  }
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
