import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cachePath, makeOnce, type CacheContext } from './cache.js';
import type { Fingerprint } from './checksum.js';
import { downloadFile } from './download.js';

/** Files that are published one by one. */
export interface FileSet {
  /** What the user knows it as: `Penn Treebank`. */
  readonly title: string;
  /** Name of the folder for the files. */
  readonly folder: string;
  /** One line on what the publisher allows, told before downloading. */
  readonly terms: string;
  readonly files: readonly PublishedFile[];
}

/** A file of a {@link FileSet}. */
export interface PublishedFile extends Fingerprint {
  readonly name: string;
  readonly url: string;
}

/** Where a set's folder lies once it is fetched. */
export function cachedFolderOfFiles({ folder, files }: FileSet, cacheDirectory: string): string {
  const hash = createHash('sha256');
  for (const { sha256 } of files) hash.update(sha256);
  return cachePath(cacheDirectory, folder, hash.digest('hex'));
}

/**
 * The folder with all files of a set, downloaded unless it is cached.
 * @returns the folder's path
 * @throws FARZI_DATA_DOWNLOAD, FARZI_DATA_CHECKSUM, FARZI_DATA_UNREADABLE, FARZI_INTERRUPTED
 */
export async function fetchFiles(set: FileSet, context: CacheContext): Promise<string> {
  return makeOnce(cachedFolderOfFiles(set, context.cacheDirectory), async (workshop) => {
    const folder = join(workshop, set.folder);
    await mkdir(folder);
    const megabytes = set.files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
    const urls = set.files.map(({ url }) => url).join(', ');
    context.progress(`Downloading ${set.title} (${megabytes.toFixed(1)} MB) from ${urls}. ${set.terms}`);
    for (const file of set.files) await downloadFile({ ...file, title: `${file.name} of ${set.title}` }, join(folder, file.name), context);
    return folder;
  });
}
