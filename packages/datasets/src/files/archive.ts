import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FarziError } from '@farzi/core';
import { codeOf, reasonOf } from './errors.js';
import { downloadFile, type Download, type DownloadContext } from './download.js';
import { unzip } from './unzip.js';

/** A published zip archive. */
export interface Archive extends Download {
  /** The folder inside the archive that holds the data. */
  readonly folder: string;
  /** One line on what the publisher allows, told before downloading. */
  readonly terms: string;
}

/** What fetching an archive may use. */
export interface ArchiveContext extends DownloadContext {
  readonly cacheDirectory: string;
}

/** Where an archive's folder lies once it is fetched. The checksum in the name keeps another edition from being taken for this one. */
export function cachedFolder(archive: Archive, cacheDirectory: string): string {
  return join(cacheDirectory, `${archive.folder}-${archive.sha256.slice(0, 12)}`);
}

/**
 * The unpacked folder of an archive, downloaded unless it is cached. It appears in the cache in one step, so a folder that is there is whole.
 * @returns the folder's path
 * @throws FARZI_DATA_DOWNLOAD, FARZI_DATA_CHECKSUM, FARZI_DATA_UNSAFE_ARCHIVE, FARZI_DATA_UNREADABLE, FARZI_INTERRUPTED
 */
export async function fetchArchive(archive: Archive, context: ArchiveContext): Promise<string> {
  const target = cachedFolder(archive, context.cacheDirectory);
  if (await exists(target)) return target;
  const workshop = await makeWorkshop(context.cacheDirectory);
  try {
    context.progress(`Downloading ${archive.title} (${(archive.bytes / 1e6).toFixed(1)} MB) from ${archive.url}. ${archive.terms}`);
    const zip = join(workshop, 'archive.zip');
    await downloadFile(archive, zip, context);
    await unzip(zip, join(workshop, 'unpacked'), context.signal);
    await moveInto(join(workshop, 'unpacked', archive.folder), target, archive);
    return target;
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A folder of this process alone, on the same file system as the cache so that the last step is a rename. */
async function makeWorkshop(cacheDirectory: string): Promise<string> {
  try {
    await mkdir(cacheDirectory, { recursive: true });
    return await mkdtemp(join(cacheDirectory, '.incoming-'));
  } catch (error) {
    throw new FarziError('FARZI_DATA_DOWNLOAD', `Cannot write to the cache folder ${cacheDirectory}: ${reasonOf(error)}`, {
      cause: error,
      hint: 'Name a folder that can be written with FARZI_CACHE_HOME.',
    });
  }
}

async function moveInto(folder: string, target: string, archive: Archive): Promise<void> {
  try {
    await rename(folder, target);
  } catch (error) {
    // Another process finished the same download first; its folder is as good.
    if (await exists(target)) return;
    const missing = codeOf(error) === 'ENOENT';
    throw new FarziError(
      'FARZI_DATA_UNREADABLE',
      missing ? `The archive ${archive.url} holds no folder ${archive.folder}.` : `Cannot move ${folder} to ${target}: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}
