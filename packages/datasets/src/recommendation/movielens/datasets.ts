import { join } from 'node:path';
import { defineDataset } from '@farzi/core';
import { cacheDirectory } from '../../files/cache-directory.js';
import { packageRoot } from '../../files/package-root.js';
import { eventProperties } from '../options.js';
import { ml100k, ml1m, mlLatestSmall, small2016 } from './editions.js';
import { loadBundled, loadPublished } from './load.js';

const schema = { type: 'object', properties: eventProperties, additionalProperties: false } as const;

/** 100,004 ratings of 671 users and 9,066 movies; ships with the package, so it needs no network. */
export const movielensSmall2016 = defineDataset({
  id: small2016.id,
  task: 'recommendation',
  schema,
  load: (options, context) => loadBundled(small2016, join(packageRoot(import.meta.url), 'data', small2016.id), options, context),
});

/** MovieLens 100K: 100,000 ratings of 943 users and 1,682 movies. */
export const movielens100k = defineDataset({
  id: ml100k.id,
  task: 'recommendation',
  schema,
  load: (options, context) => loadPublished(ml100k, cacheDirectory(process.env), options, context),
});

/** MovieLens 1M: 1,000,209 ratings of 6,040 users and 3,706 movies. */
export const movielens1m = defineDataset({
  id: ml1m.id,
  task: 'recommendation',
  schema,
  load: (options, context) => loadPublished(ml1m, cacheDirectory(process.env), options, context),
});

/** The latest small edition: 100,836 ratings of 610 users and 9,724 movies. */
export const movielensLatestSmall = defineDataset({
  id: mlLatestSmall.id,
  task: 'recommendation',
  schema,
  load: (options, context) => loadPublished(mlLatestSmall, cacheDirectory(process.env), options, context),
});
