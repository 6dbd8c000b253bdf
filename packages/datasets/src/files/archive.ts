import { join } from 'node:path';
import { FarziError } from '@farzi/core';
import { exists, makeOnce, cachePath, type CacheContext } from './cache.js';
import { downloadFile, type Download } from './download.js';
import { unzip } from './unzip.js';

/** A published zip archive. */
export interface Archive extends Download {
  /** The folder inside the archive that holds the data. */
  readonly folder: string;
  /** One line on what the publisher allows, told before downloading. */
  readonly terms: string;
}

/** Where an archive's folder lies once it is fetched. */
export function cachedFolder(archive: Archive, cacheDirectory: string): string {
  return cachePath(cacheDirectory, archive.folder, archive.sha256);
}

/**
 * The unpacked folder of an archive, downloaded unless it is cached.
 * @returns the folder's path
 * @throws FARZI_DATA_DOWNLOAD, FARZI_DATA_CHECKSUM, FARZI_DATA_UNSAFE_ARCHIVE, FARZI_DATA_UNREADABLE, FARZI_INTERRUPTED
 */
export async function fetchArchive(archive: Archive, context: CacheContext): Promise<string> {
  return makeOnce(cachedFolder(archive, context.cacheDirectory), async (workshop) => {
    context.progress(`Downloading ${archive.title} (${(archive.bytes / 1e6).toFixed(1)} MB) from ${archive.url}. ${archive.terms}`);
    const zip = join(workshop, 'archive.zip');
    await downloadFile(archive, zip, context);
    await unzip(zip, join(workshop, 'unpacked'), context.signal);
    const folder = join(workshop, 'unpacked', archive.folder);
    if (!(await exists(folder)))
      throw new FarziError('FARZI_DATA_UNREADABLE', `The archive ${archive.url} holds no folder ${archive.folder}.`);
    return folder;
  });
}
