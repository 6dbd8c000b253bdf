import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { refusal } from '../../test/refusal.js';
import { FolderBlobs, MemoryBlobs } from './blobs.js';
import { absoluteLocation, checkLocation, openBlobs, reachBlobs, type StoreDefinition } from './store.js';

const blobs = new MemoryBlobs();
const asked: string[] = [];
const drawer: StoreDefinition = {
  id: 'drawer',
  check: ({ href }) => void asked.push(`check ${href}`),
  reach: ({ href }) => Promise.resolve(void asked.push(`reach ${href}`)),
  open: ({ href }) => {
    asked.push(`open ${href}`);
    return blobs;
  },
};

describe('a location', () => {
  it.each([
    ['store', '/here/store'],
    ['../store', '/store'],
    ['/shared/farzi', '/shared/farzi'],
    ['s3:/store', '/here/s3:/store'],
    ['s3://bucket/prefix', 's3://bucket/prefix'],
    ['S3://bucket', 'S3://bucket'],
  ])('%s is a path from a folder, or an address', (location, absolute) => {
    expect(absoluteLocation(location, '/here')).toBe(absolute);
  });

  it('is a folder, or what a store knows by its scheme', async () => {
    asked.length = 0;
    expect(await openBlobs('/shared/farzi', [drawer])).toEqual(new FolderBlobs('/shared/farzi'));
    expect(await reachBlobs('/shared/farzi', [drawer])).toEqual(new FolderBlobs('/shared/farzi'));
    checkLocation('/shared/farzi', [drawer]);
    expect(asked).toEqual([]);
    expect(await openBlobs('drawer://top?deep=1', [drawer])).toBe(blobs);
    expect(await reachBlobs('Drawer://top', [drawer])).toBe(blobs);
    checkLocation('drawer://top', [drawer]);
    expect(asked).toEqual(['open drawer://top?deep=1', 'reach drawer://top', 'open drawer://top', 'check drawer://top']);
  });

  it('is not opened where it is out of reach', async () => {
    asked.length = 0;
    const locked = { ...drawer, reach: () => Promise.reject(new Error('locked')) };
    expect(await errorOf(() => reachBlobs('drawer://top', [locked]))).toMatchObject({ message: 'locked' });
    expect(asked).toEqual([]);
  });

  it.each([
    [
      's3://farzi/runs',
      'FARZI_CONTRIBUTION_UNKNOWN',
      'No loaded plugin keeps values at s3:// addresses.',
      'List @farzi/store-s3 under plugins, or name it with --plugin; folders are named by their paths.',
    ],
    [
      'file:///shared',
      'FARZI_CONTRIBUTION_UNKNOWN',
      'No loaded plugin keeps values at file:// addresses.',
      'List the plugin that does under plugins, or name it with --plugin; folders are named by their paths.',
    ],
    [
      'drawer://a b:hunter2',
      'FARZI_CONFIG_INVALID',
      'The drawer:// address of the store is not a URL.',
      'Write what is special in URLs with %, such as %20 for a space.',
    ],
    [
      'drawer://me:hunter2@top',
      'FARZI_CONFIG_INVALID',
      'The drawer:// address of the store holds credentials.',
      'Take them out: configurations are copied into run directories, and command lines are seen by others.',
    ],
  ])('%s is refused, and not shown', (location, code, message, hint) => {
    expect(refusal(() => checkLocation(location, [drawer]))).toEqual({ code, message, hint });
  });
});
