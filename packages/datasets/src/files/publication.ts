import { join } from 'node:path';
import type { DatasetContext } from '@farzi/core';
import { cachedFolder, fetchArchive, type Archive } from './archive.js';
import { sweep } from './cache.js';
import { cachedFolderOfFiles, fetchFiles, type FileSet } from './file-set.js';
import { firstExisting, placesInDataDirectories } from './locate.js';

/** Data as their publisher offers them. */
export type Publication = Archive | FileSet;

/**
 * The path of a publication's file: in the data directories, else in the cache, else downloaded.
 * @param cacheDirectory - where downloads are kept.
 * @throws FARZI_DATA_DOWNLOAD, FARZI_DATA_CHECKSUM, FARZI_DATA_UNSAFE_ARCHIVE, FARZI_DATA_UNREADABLE, FARZI_INTERRUPTED
 */
export async function findPublished(
  file: string,
  publication: Publication,
  cacheDirectory: string,
  context: DatasetContext,
): Promise<string> {
  await sweep(cacheDirectory);
  const inCache = 'files' in publication ? cachedFolderOfFiles(publication, cacheDirectory) : cachedFolder(publication, cacheDirectory);
  const found = await firstExisting([...placesInDataDirectories(publication.folder, file, context), join(inCache, file)]);
  if (found !== undefined) return found;
  const { signal, progress } = context;
  const cache = { cacheDirectory, signal, progress };
  return join(await ('files' in publication ? fetchFiles(publication, cache) : fetchArchive(publication, cache)), file);
}
