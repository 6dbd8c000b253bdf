import { access, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FarziError } from '@farzi/core';
import type { DownloadContext } from './download.js';
import { reasonOf } from './errors.js';

/** Begins the names of folders in which downloads are made. */
const workshopPrefix = '.incoming-';

/** Milliseconds: a download that is alive writes much more often, or is given up. */
const abandonedAfter = 3600 * 1000;

/** What fetching something into the cache may use. */
export interface CacheContext extends DownloadContext {
  readonly cacheDirectory: string;
}

/**
 * Where a publication's folder lies in the cache. The checksum in the name keeps another edition from being taken for
 * this one.
 */
export function cachePath(cacheDirectory: string, folder: string, sha256: string): string {
  return join(cacheDirectory, `${folder}-${sha256.slice(0, 12)}`);
}

/**
 * Makes a folder of the cache unless it is there. It appears in one step, so a folder that is there is whole.
 * @param make - gets an empty folder to work in, and returns the folder inside it that is to be kept.
 * @returns `target`
 * @throws FARZI_DATA_DOWNLOAD, FARZI_DATA_UNREADABLE, and what `make` throws
 */
export async function makeOnce(target: string, make: (workshop: string) => Promise<string>): Promise<string> {
  if (await exists(target)) return target;
  const workshop = await makeWorkshop(dirname(target));
  try {
    await moveInto(await make(workshop), target);
    return target;
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/**
 * Removes what killed downloads left in the cache: workshops in which nothing was written for an hour. Their age is all
 * that is asked, since another machine may share the cache.
 */
export async function sweep(cacheDirectory: string): Promise<void> {
  const names = await readdir(cacheDirectory).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(workshopPrefix))) {
    const workshop = join(cacheDirectory, name);
    // Something that another process removes at the same time is gone either way.
    const written = await lastWrite(workshop).catch(() => Date.now());
    if (Date.now() - written > abandonedAfter) await rm(workshop, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** When something in a folder was written last, in milliseconds since 1970. */
async function lastWrite(folder: string): Promise<number> {
  const inside = await readdir(folder, { recursive: true });
  const times = await Promise.all(['.', ...inside].map(async (path) => (await stat(join(folder, path))).mtimeMs));
  return Math.max(...times);
}

/** True where there is something at a path. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A folder of this process alone, on the same file system as the cache so that the last step is a rename. */
async function makeWorkshop(cacheDirectory: string): Promise<string> {
  try {
    await mkdir(cacheDirectory, { recursive: true });
    return await mkdtemp(join(cacheDirectory, workshopPrefix));
  } catch (error) {
    throw new FarziError('FARZI_DATA_DOWNLOAD', `Cannot write to the cache folder ${cacheDirectory}: ${reasonOf(error)}`, {
      cause: error,
      hint: 'Name a folder that can be written with FARZI_CACHE_HOME.',
    });
  }
}

async function moveInto(folder: string, target: string): Promise<void> {
  try {
    await rename(folder, target);
  } catch (error) {
    // Another process finished the same download first; its folder is as good.
    if (await exists(target)) return;
    throw new FarziError('FARZI_DATA_UNREADABLE', `Cannot move ${folder} to ${target}: ${reasonOf(error)}`, { cause: error });
  }
}
