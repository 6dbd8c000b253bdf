import type { Stats } from 'node:fs';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { FarziError } from '../errors.js';

const elsewhere = 'Give another folder, with --out for runs and TMPDIR for scratch files.';
const room = 'Make room on that disk, or give a folder on another one, with --out for runs and TMPDIR for scratch files.';
const noLocks = `Files cannot be locked there, and two runs could mix. ${elsewhere}`;
const rights = `Get the right to write there. ${elsewhere}`;

/** What to do about an error of the file system, by its code. */
const advice: Readonly<Record<string, string>> = {
  ENOSPC: room,
  EDQUOT: room,
  EFBIG: `Raise the largest size of files (ulimit -f). ${elsewhere}`,
  EACCES: rights,
  EPERM: rights,
  EROFS: `The file system is read-only. ${elsewhere}`,
  ENAMETOOLONG: 'Give a shorter path.',
  ENOTDIR: 'A part of the path is a file where a folder is needed: move it away, or give another path.',
  EISDIR: 'There is a folder where a file is needed: move it away, or give another path.',
  EEXIST: 'Something else has that name, such as a file or a link to nothing: move it away, or give another path.',
  ENOTEMPTY: 'Something else has that name: move it away, or give another path.',
  ENOENT: `A folder of the path cannot be made, or is a link to nothing. ${elsewhere}`,
  ENOLCK: noLocks,
  ENOSYS: noLocks,
  ENOTSUP: noLocks,
  ELOOP: 'Links of the path lead in a circle: correct them, or give another path.',
};

/** The code of an error of the file system, such as `ENOSPC`; `undefined` for any other error. */
function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^E(?!RR_)[A-Z0-9]+$/.test(code) ? code : undefined;
}

/** An error of the file system with a code, the path and what to do about it; any other error as it is. */
function told(error: unknown, verb: FileVerb, path: string): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  const words = wordsOf(code);
  return new FarziError('FARZI_FILE_SYSTEM', `Cannot ${verb} ${path}: ${words} (${code}).`, {
    hint: advice[code] ?? elsewhere,
    cause: error,
  });
}

/** What the operating system says about a code: `no space left on device`. */
function wordsOf(code: string): string {
  for (const [name, words] of getSystemErrorMap().values()) if (name === code) return words;
  return 'the system refuses';
}

/** What is done with a file or a folder. */
type FileVerb = 'read' | 'write' | 'make' | 'move' | 'remove' | 'lock';

/**
 * Does something with a path.
 *
 * @throws FARZI_FILE_SYSTEM where the file system refuses
 */
export async function onDisk<T>(verb: FileVerb, path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw told(error, verb, path);
  }
}

/** A text; `undefined` where there is no such file. */
export async function readTextIfThere(file: string): Promise<string | undefined> {
  return onDisk('read', file, () => unlessMissing(readFile(file, 'utf8')));
}

/** What an access gives; `undefined` where there is nothing at its path. */
export function unlessMissing<T>(access: Promise<T>): Promise<T | undefined> {
  return access.catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
}

/**
 * Makes a folder and those above it that are missing. `mkdir` of Node.js with `recursive` tries for ever in places such
 * as /proc, where nothing can be made although nothing is missing.
 *
 * @returns the folders that were made, from the top
 * @throws FARZI_FILE_SYSTEM
 */
export async function makeFolders(folder: string): Promise<string[]> {
  return onDisk('make', folder, () => makeMissing(folder));
}

async function makeMissing(folder: string, isAgain = false): Promise<string[]> {
  try {
    await mkdir(folder);
    return [folder];
  } catch (error) {
    // as far as it can be seen; what cannot be looked at is as good as missing
    const there = (path: string): Promise<Stats | undefined> => stat(path).catch(() => undefined);
    if ((await there(folder))?.isDirectory() === true) return [];
    const parent = dirname(folder);
    if (systemCode(error) !== 'ENOENT' || parent === folder) throw error;
    if ((await there(parent)) === undefined) return [...(await makeMissing(parent)), ...(await makeMissing(folder))];
    // a folder above that is there already cannot be what is missing, unless somebody else has made it just now
    if (isAgain) throw error;
    return await makeMissing(folder, true);
  }
}

/** Waits until the names in a folder are on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders, and writes their entries with the files
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // some network file systems know no such thing
    if (systemCode(error) !== 'EINVAL') throw error;
  } finally {
    await handle.close();
  }
}
