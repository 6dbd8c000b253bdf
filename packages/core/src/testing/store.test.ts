import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/toy-experiment.js';
import { type BlobStore, blobName, FolderBlobs, MemoryBlobs } from '../storage/blobs.js';
import type { StoreDefinition } from '../storage/store.js';
import { checkStore } from './store.js';

const path = temporaryFolder();
const address = 'drawer://top';

/** A store in memory, which keeps the contract but for what is changed about it. */
function drawer(change: Partial<BlobStore> = {}, own = false): StoreDefinition {
  const shared = new MemoryBlobs();
  return {
    id: 'drawer',
    open: () => {
      const blobs = own ? new MemoryBlobs() : shared;
      return {
        read: async (name) => blobs.read(blobName(name)),
        write: async (name, bytes) => blobs.write(blobName(name), bytes),
        remove: async (name) => blobs.remove(blobName(name)),
        ...change,
      };
    },
  };
}

it('a folder keeps the contract of a store', async () => {
  const folder: StoreDefinition = { id: 'drawer', open: () => new FolderBlobs(path('store')) };
  await expect(checkStore(folder, { address })).resolves.toBeUndefined();
});

it('a drawer does, too', async () => {
  await expect(checkStore(drawer(), { address })).resolves.toBeUndefined();
});

describe('checkStore finds a store', () => {
  const rows: readonly (readonly [string, StoreDefinition, string])[] = [
    [
      'that another machine does not see',
      drawer({}, true),
      'drawer: A value of no bytes that was written just now: It is read as nothing.',
    ],
    [
      'that gives something for everything',
      drawer({ read: () => Promise.resolve(new Uint8Array(0)) }),
      'drawer: What nobody wrote: Something is read.',
    ],
    [
      'that throws for what is missing',
      drawer({ read: () => Promise.reject(new Error('not found')) }),
      'drawer: What nobody wrote: Reading it throws not found.',
    ],
    ['that removes nothing', drawer({ remove: () => Promise.resolve() }), 'drawer: What was removed: Something is read.'],
    [
      'that cannot be reached',
      { ...drawer(), reach: () => Promise.reject(new Error('locked')) },
      'drawer: Reaching the place throws locked.',
    ],
    ['with another scheme', { ...drawer(), id: 'box' }, 'box: Addresses of this store start with box://'],
    [
      'whose names lead elsewhere',
      {
        id: 'drawer',
        open: (
          (blobs) => () =>
            blobs
        )(new MemoryBlobs()),
      },
      'drawer: A value with the name "" is read.',
    ],
  ];
  it.each(rows)('%s', async (_name, definition, message) => {
    await expect(checkStore(definition, { address })).rejects.toThrow(message);
  });
});
