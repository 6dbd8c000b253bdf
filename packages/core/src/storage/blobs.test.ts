import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { filesIn, temporaryFolder } from '../../test/toy-experiment.js';
import { type BlobStore, FolderBlobs, MemoryBlobs } from './blobs.js';
import { sha256 } from './sha256.js';

const path = temporaryFolder();
const bytes = Uint8Array.of(1, 2, 3);

describe.each<[string, () => BlobStore]>([
  ['a folder', () => new FolderBlobs(path('deep', 'store'))],
  ['memory', () => new MemoryBlobs()],
])('blobs in %s', (_where, create) => {
  it('are read as they were written, until they are removed', async () => {
    const blobs = create();
    expect(await blobs.read('a')).toBeUndefined();
    await blobs.write('a', bytes);
    expect(Array.from((await blobs.read('a')) ?? [])).toEqual([1, 2, 3]);
    await blobs.remove('a');
    await blobs.remove('a');
    expect(await blobs.read('a')).toBeUndefined();
  });
});

describe('blobs in a folder', () => {
  it('are whole whoever writes them at the same time, and leave nothing beside them', async () => {
    const large = new Uint8Array(1_000_000).fill(7);
    const name = sha256(large);
    await Promise.all(Array.from({ length: 8 }, () => new FolderBlobs(path('store')).write(name, large)));
    expect(sha256((await new FolderBlobs(path('store')).read(name)) ?? '')).toBe(name);
    expect(await filesIn(path('store'))).toEqual([name]);
  });

  it.each(['', '.', '..', '../secret', '/etc/passwd', 'a/b', 'a\\b'])('are nowhere else, whatever they are called: %j', async (name) => {
    for (const action of [() => new FolderBlobs(path('store')).read(name), () => new FolderBlobs(path('store')).write(name, bytes)])
      expect(await errorOf(action)).toMatchObject({ code: 'FARZI_STORE_INCOMPLETE' });
  });

  it('say where they cannot be', async () => {
    await writeFile(path('file'), '');
    await mkdir(path('store', 'name'), { recursive: true });
    expect(await errorOf(() => new FolderBlobs(path('file', 'store')).write('name', bytes))).toMatchObject({ code: 'FARZI_FILE_SYSTEM' });
    expect(await errorOf(() => new FolderBlobs(path('store')).read('name'))).toMatchObject({ code: 'FARZI_FILE_SYSTEM' });
  });
});
