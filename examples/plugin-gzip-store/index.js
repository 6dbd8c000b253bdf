/**
 * Values of jobs as compressed files of a folder that machines share: a store as a Farzi plugin. The address
 * `gzip:///mnt/shared/farzi` is the folder `/mnt/shared/farzi`.
 */
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { definePlugin, defineStore, FarziError, FolderBlobs } from '@farzi/core';

const [compressed, whole] = [promisify(gzip), promisify(gunzip)];

export const gzipped = defineStore({
  id: 'gzip',
  // when an experiment is validated: before anything is written
  check: ({ hostname }) => {
    if (hostname === '') return;
    throw new FarziError('FARZI_CONFIG_INVALID', `The address gzip://${hostname}/... names a host, and this store keeps files.`, {
      hint: 'Write the path of a folder behind gzip://, as in gzip:///mnt/shared/farzi.',
    });
  },
  open: (address) => {
    // files appear whole, under names that lead nowhere else
    const files = new FolderBlobs(fileURLToPath(`file://${address.pathname}`));
    return {
      read: async (name) => {
        const bytes = await files.read(name);
        return bytes && whole(bytes);
      },
      write: async (name, bytes) => files.write(name, await compressed(bytes)),
      remove: (name) => files.remove(name),
    };
  },
});

export default definePlugin({ name: 'farzi-example-gzip-store', core: '>=0.1.0 <1.0.0', stores: [gzipped] });
