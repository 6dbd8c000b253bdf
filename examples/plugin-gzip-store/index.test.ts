import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkStore } from '@farzi/core/testing';
import { gzipped } from './index.js';

let folder = '';
let address = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farzi gzip-'));
  address = pathToFileURL(folder).href.replace('file:', 'gzip:');
});
afterAll(() => rm(folder, { recursive: true }));

it('keeps the contract of a store', () => checkStore(gzipped, { address }));

it('keeps less than it is given', async () => {
  const blobs = await gzipped.open(new URL(address));
  await blobs.write('zeros', new Uint8Array(10_000));
  expect(await readdir(folder)).toEqual(['zeros']);
  expect((await readFile(join(folder, 'zeros'))).length).toBeLessThan(100);
  expect(await blobs.read('zeros')).toEqual(Buffer.alloc(10_000));
});

it('is a folder of this machine', () => {
  expect(() => gzipped.check?.(new URL('gzip://mnt/shared'))).toThrow(
    'The address gzip://mnt/... names a host, and this store keeps files.',
  );
});
