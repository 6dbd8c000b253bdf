import { dirname, join } from 'node:path';
import { countEvents, type Dataset, type DatasetContext, FarziError } from '@farzi/core';
import { plural } from '../../files/errors.js';
import { firstExisting, requireBundled } from '../../files/locate.js';
import { findPublished } from '../../files/publication.js';
import type { EventLog } from '../events.js';
import type { EventOptions } from '../options.js';
import { prepare } from '../prepare.js';
import { readDelimited } from '../readers/delimited.js';
import type { BundledEdition, DownloadedEdition, Edition } from './edition.js';
import { readTitles } from './titles.js';

/**
 * Loads an edition whose files ship with this package.
 * @param folder - where they lie.
 * @throws FARZI_DATA_NOT_FOUND, FARZI_DATA_UNREADABLE, and the codes of {@link loadFrom}
 */
export async function loadBundled(
  edition: BundledEdition,
  folder: string,
  options: EventOptions,
  context: DatasetContext,
): Promise<Dataset> {
  const ratings = await requireBundled(join(folder, edition.ratings.file), `the bundled ${edition.name}`);
  return loadFrom(ratings, edition, edition.terms, options, context);
}

/**
 * Loads an edition from the data directories, else from the cache, else from its publisher.
 * @param cacheDirectory - where downloads are kept.
 * @throws FARZI_DATA_DOWNLOAD, FARZI_DATA_CHECKSUM, FARZI_DATA_UNSAFE_ARCHIVE, and the codes of {@link loadFrom}
 */
export async function loadPublished(
  edition: DownloadedEdition,
  cacheDirectory: string,
  options: EventOptions,
  context: DatasetContext,
): Promise<Dataset> {
  const ratings = await findPublished(edition.ratings.file, edition.archive, cacheDirectory, context);
  return loadFrom(ratings, edition, edition.archive.terms, options, context);
}

/**
 * Loads an edition whose ratings are at a known path, with the titles beside them if they are there.
 * @throws FARZI_DATA_UNREADABLE, FARZI_DATA_MISSING_COLUMN, FARZI_DATA_NOT_A_NUMBER, FARZI_DATA_EMPTY,
 *   FARZI_DATA_CHECKSUM, FARZI_DATA_ALL_FILTERED, FARZI_INTERRUPTED
 */
async function loadFrom(
  ratings: string,
  edition: Edition,
  licence: string,
  options: EventOptions,
  { signal, progress }: DatasetContext,
): Promise<Dataset> {
  progress(`Reading ${ratings}`);
  const { log, timed } = await readDelimited(ratings, edition.ratings, signal);
  requireEdition(log, edition, ratings);
  const movies = await firstExisting([join(dirname(ratings), edition.movies.file)]);
  const titles = movies === undefined ? undefined : await readTitles(movies, edition.movies, signal);
  return prepare(log, { id: edition.id, path: ratings, name: edition.name, timed, titles, licence }, options);
}

/**
 * Several editions use the same file names; numbers must not be reported under the wrong one's name. An empty file has
 * its own error later on.
 */
function requireEdition(log: EventLog, { name, published }: Edition, path: string): void {
  const ratings = countEvents(log.histories);
  const users = log.histories.length;
  const items = log.items.length;
  if (ratings === 0 || (ratings === published.ratings && users === published.users && items === published.items)) return;
  const counts = (r: number, u: number, i: number): string => `${plural(r, 'rating')} of ${plural(u, 'user')} and ${plural(i, 'item')}`;
  throw new FarziError(
    'FARZI_DATA_CHECKSUM',
    `The file ${path} is not ${name}: it holds ${counts(ratings, users, items)} instead of ${counts(published.ratings, published.users, published.items)}.`,
    {
      hint: 'The file is incomplete or of another edition. To use it as it is, choose the dataset `interactions` and give its path.',
    },
  );
}
