import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../test/support/files.js';
import { sweep } from './cache.js';

/** Makes a folder of a download with one file in it, written some minutes ago. */
async function makeWorkshop(cache: string, name: string, minutes: number): Promise<void> {
  const folder = join(cache, name);
  await mkdir(join(folder, 'unpacked'), { recursive: true });
  await writeFile(join(folder, 'archive.zip.part'), 'half');
  const then = new Date(Date.now() - minutes * 60_000);
  // The folders last: they changed when the file was made.
  for (const path of ['archive.zip.part', 'unpacked', '.']) await utimes(join(folder, path), then, then);
}

it('sweeps what killed downloads left, and neither downloads that may be alive nor data', async () => {
  const cache = await temporaryFolder();
  await makeWorkshop(cache, '.incoming-killed', 61);
  await makeWorkshop(cache, '.incoming-alive', 59);
  await makeWorkshop(cache, '.incoming-old-but-writing', 600);
  await writeFile(join(cache, '.incoming-old-but-writing', 'archive.zip.part'), 'more');
  await makeWorkshop(cache, 'ml-100k-50d2a982c669', 600);
  await sweep(cache);
  expect(await readdir(cache)).toEqual(['.incoming-alive', '.incoming-old-but-writing', 'ml-100k-50d2a982c669']);
});

it('has nothing to sweep where there is no cache yet', async () => {
  await expect(sweep(join(await temporaryFolder(), 'cache'))).resolves.toBeUndefined();
});
