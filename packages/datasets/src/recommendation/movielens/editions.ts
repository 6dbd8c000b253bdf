import type { DownloadedEdition, Edition } from './edition.js';

const csv = { delimiter: ',', quoted: true, encoding: 'utf8', header: true } as const;
const ratingsWithHeader = { ...csv, typedHeader: false, columns: { user: 'userId', item: 'movieId', timestamp: 'timestamp' } } as const;
const ratingsWithoutHeader = {
  quoted: false,
  encoding: 'utf8',
  header: false,
  typedHeader: false,
  columns: { user: 0, item: 1, timestamp: 3 },
} as const;
const researchOnly =
  'Its terms: research only, no redistribution, no endorsement implied; cite Harper & Konstan 2015, doi 10.1145/2827872.';

/** The October 2016 edition of the small set, which ships with this package. */
export const small2016: Edition = {
  id: 'movielens-small-2016',
  name: 'MovieLens small (October 2016)',
  ratings: { ...ratingsWithHeader, file: 'ratings.csv.gz' },
  movies: { ...csv, file: 'movies.csv.gz', columns: { id: 0, title: 1, year: 2 } },
  published: { ratings: 100_004, users: 671, items: 9_066 },
};

/** MovieLens 100K (1998). */
export const ml100k: DownloadedEdition = {
  id: 'ml-100k',
  name: 'MovieLens 100K',
  ratings: { ...ratingsWithoutHeader, file: 'u.data', delimiter: '\t' },
  movies: { file: 'u.item', delimiter: '|', quoted: false, header: false, encoding: 'latin1', columns: { id: 0, title: 1 } },
  published: { ratings: 100_000, users: 943, items: 1_682 },
  archive: {
    title: 'MovieLens 100K',
    url: 'https://files.grouplens.org/datasets/movielens/ml-100k.zip',
    bytes: 4_924_029,
    sha256: '50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229',
    folder: 'ml-100k',
    terms: researchOnly,
  },
};

/** MovieLens 1M (2003). */
export const ml1m: DownloadedEdition = {
  id: 'ml-1m',
  name: 'MovieLens 1M',
  ratings: { ...ratingsWithoutHeader, file: 'ratings.dat', delimiter: '::' },
  movies: { file: 'movies.dat', delimiter: '::', quoted: false, header: false, encoding: 'latin1', columns: { id: 0, title: 1 } },
  published: { ratings: 1_000_209, users: 6_040, items: 3_706 },
  archive: {
    title: 'MovieLens 1M',
    url: 'https://files.grouplens.org/datasets/movielens/ml-1m.zip',
    bytes: 5_917_549,
    sha256: 'a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20',
    folder: 'ml-1m',
    terms: researchOnly,
  },
};

/** The small set's latest edition (September 2018). */
export const mlLatestSmall: DownloadedEdition = {
  id: 'ml-latest-small',
  name: 'MovieLens latest small (September 2018)',
  ratings: { ...ratingsWithHeader, file: 'ratings.csv' },
  movies: { ...csv, file: 'movies.csv', columns: { id: 0, title: 1 } },
  published: { ratings: 100_836, users: 610, items: 9_724 },
  archive: {
    title: 'MovieLens latest small',
    url: 'https://files.grouplens.org/datasets/movielens/ml-latest-small.zip',
    bytes: 978_202,
    sha256: '696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436',
    folder: 'ml-latest-small',
    terms:
      'Its terms: research and other non-commercial use, redistribution under the same conditions, no endorsement implied; cite Harper & Konstan 2015, doi 10.1145/2827872.',
  },
};
