import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { contextWith, temporaryFolder } from '../../test/support/files.js';
import { cacheDirectory } from './cache-directory.js';
import { placesInDataDirectories, placesOf } from './locate.js';
import { packageRoot } from './package-root.js';

describe('placesOf', () => {
  const context = contextWith({ configDirectory: resolve('/experiment'), dataDirectories: [resolve('/first'), resolve('/second')] });

  it('looks beside the configuration file, then in the data directories in their order', () => {
    expect(placesOf('my/events.csv', context)).toEqual(
      ['/experiment', '/first', '/second'].map((folder) => resolve(folder, 'my/events.csv')),
    );
  });

  it('takes an absolute path as it is', () => {
    expect(placesOf(resolve('/elsewhere/events.csv'), context)).toEqual([resolve('/elsewhere/events.csv')]);
  });

  it('looks in a well-known folder and takes a data directory for that folder', () => {
    expect(placesInDataDirectories('ml-100k', 'u.data', contextWith({ dataDirectories: [resolve('/data')] }))).toEqual([
      resolve('/data/ml-100k/u.data'),
      resolve('/data/u.data'),
    ]);
  });
});

describe('packageRoot', () => {
  it.each(['src/files/deep/module.ts', 'dist/index.js'])('finds the package from %s', async (module) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'package.json'), '{}');
    await mkdir(join(folder, module, '..'), { recursive: true });
    expect(packageRoot(pathToFileURL(join(folder, module)).href)).toBe(folder);
  });
});

describe('cacheDirectory', () => {
  it('follows FARZI_CACHE_HOME', () => {
    expect(cacheDirectory({ FARZI_CACHE_HOME: '/big/disk' })).toBe(join(resolve('/big/disk'), 'datasets'));
  });

  it.each([{}, { FARZI_CACHE_HOME: '' }])('is a folder of farzi in the place for caches otherwise: %j', (environment) => {
    expect(cacheDirectory(environment)).toMatch(/farzi.*datasets$/i);
  });
});
