import { createHash } from 'node:crypto';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contextWith, temporaryFolder } from '../../../test/support/files.js';
import { errorOf } from '../../../test/support/rejection.js';
import { serve } from '../../../test/support/server.js';
import { zipOf } from '../../../test/support/zip.js';
import type { DownloadedEdition } from './edition.js';
import { ml100k } from './editions.js';
import { loadBundled, loadPublished } from './load.js';

const ratings = '1\t10\t5\t3\n1\t20\t5\t1\n1\t30\t5\t2\n';
const movies = Buffer.from('10|Alien (1979)|x\n20|Amélie (2001)|x\n', 'latin1');
const options = { minimumUserEvents: 3, minimumItemEvents: 1, dropRepeats: false, validationEvents: 1, testEvents: 1 };

/** MovieLens 100K with three ratings, at a server of this test. */
async function tinyEdition(): Promise<DownloadedEdition> {
  const zip = zipOf([{ name: 'ml-100k/u.data', content: ratings }]);
  const url = `${await serve((_request, response) => response.end(zip))}/ml-100k.zip`;
  return {
    ...ml100k,
    published: { ratings: 3, users: 1, items: 3 },
    archive: { ...ml100k.archive, url, bytes: zip.length, sha256: createHash('sha256').update(zip).digest('hex') },
  };
}

async function folderWith(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const home = await temporaryFolder();
  await mkdir(join(home, folder), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(home, folder, name), content);
  return home;
}

describe('loadPublished', () => {
  it.each(['ml-100k', '.'])('reads %s of a data directory before anything else, with Latin-1 titles', async (folder) => {
    const home = await folderWith(folder, { 'u.data': ratings, 'u.item': movies });
    const data = await loadPublished(await tinyEdition(), join(home, 'cache'), options, contextWith({ dataDirectories: [home] }));
    expect(data.test[0]?.tokens).toEqual(Int32Array.of(0, 2, 1));
    expect(data.vocabulary).toEqual(['20', '10', '30']);
    expect(data.titles).toEqual(['Amélie (2001)', 'Alien (1979)', '30']);
  });

  it('downloads where no data directory has it, then reads the cache', async () => {
    const cache = await temporaryFolder();
    const edition = await tinyEdition();
    const messages: string[] = [];
    const context = contextWith({ dataDirectories: [await temporaryFolder()], progress: (message) => messages.push(message) });
    const data = await loadPublished(edition, cache, options, context);
    expect(data.events).toBe(3);
    expect(messages[0]).toContain('Downloading MovieLens 100K');
    messages.length = 0;
    await loadPublished(edition, cache, options, context);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(/^Reading .*u\.data$/);
  });

  it('sweeps what a killed download left', async () => {
    const cache = await temporaryFolder();
    const leftover = join(cache, '.incoming-killed');
    await mkdir(leftover);
    await utimes(leftover, 0, 0);
    await loadPublished(await tinyEdition(), cache, options, contextWith());
    expect(await readdir(cache)).toEqual([expect.stringMatching(/^ml-100k-/)]);
  });

  it('refuses files of another edition', async () => {
    const home = await folderWith('ml-100k', { 'u.data': ratings });
    const path = join(home, 'ml-100k', 'u.data');
    expect(await errorOf(loadPublished(ml100k, join(home, 'cache'), options, contextWith({ dataDirectories: [home] })))).toEqual({
      code: 'FARZI_DATA_CHECKSUM',
      message: `The file ${path} is not MovieLens 100K: it holds 3 ratings of 1 user and 3 items instead of 100,000 ratings of 943 users and 1,682 items.`,
      hint: 'The file is incomplete or of another edition. To use it as it is, choose the dataset `interactions` and give its path.',
    });
  });

  it('calls an empty file empty', async () => {
    const home = await folderWith('ml-100k', { 'u.data': '' });
    expect(await errorOf(loadPublished(ml100k, join(home, 'cache'), options, contextWith({ dataDirectories: [home] })))).toMatchObject({
      code: 'FARZI_DATA_EMPTY',
    });
  });

  it('does not download around a directory in the place of the file', async () => {
    const home = await folderWith('ml-100k/u.data', {});
    expect(await errorOf(loadPublished(ml100k, join(home, 'cache'), options, contextWith({ dataDirectories: [home] })))).toMatchObject({
      code: 'FARZI_DATA_UNREADABLE',
    });
  });
});

describe('loadBundled', () => {
  it('says that the installation is incomplete when the files are gone', async () => {
    const folder = await temporaryFolder();
    expect(await errorOf(loadBundled({ ...ml100k, terms: 'None.' }, folder, options, contextWith()))).toEqual({
      code: 'FARZI_DATA_NOT_FOUND',
      message: `Cannot find the bundled MovieLens 100K.\n${join(folder, 'u.data')}: Nothing is there.`,
      hint: 'The installation of @farzi/datasets is incomplete: install it again.',
    });
  });
});
