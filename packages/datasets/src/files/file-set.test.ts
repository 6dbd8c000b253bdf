import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/support/files.js';
import { errorOf } from '../../test/support/rejection.js';
import { serve } from '../../test/support/server.js';
import { cachedFolderOfFiles, fetchFiles, type FileSet, type PublishedFile } from './file-set.js';

/** Two files at a server of this test, and what is needed to fetch them. */
async function setUp() {
  const requests: string[] = [];
  const url = await serve((request, response) => {
    requests.push(request.url ?? '');
    if (request.url === '/gone.txt') response.writeHead(404).end();
    else response.end(`content of ${request.url}`);
  });
  const file = (name: string): PublishedFile => {
    const content = `content of /${name}`;
    return { name, url: `${url}/${name}`, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
  };
  const set: FileSet = { title: 'Some Set', folder: 'set', terms: 'Its terms: none.', files: [file('a.txt'), file('b.txt')] };
  const messages: string[] = [];
  const context = { cacheDirectory: join(await temporaryFolder(), 'cache'), progress: (message: string) => messages.push(message) };
  return { set, file, url, requests, messages, context };
}

describe('fetchFiles', () => {
  it('downloads each file once, telling the terms', async () => {
    const { set, url, requests, messages, context } = await setUp();
    const folder = await fetchFiles(set, context);
    expect(folder).toBe(cachedFolderOfFiles(set, context.cacheDirectory));
    expect(await readFile(join(folder, 'b.txt'), 'utf8')).toBe('content of /b.txt');
    expect(messages).toEqual([
      `Downloading Some Set (0.0 MB) from ${url}/a.txt, ${url}/b.txt. Its terms: none.`,
      'Downloading a.txt of Some Set: 100% of 0.0 MB',
      'Downloading b.txt of Some Set: 100% of 0.0 MB',
    ]);
    await fetchFiles(set, context);
    expect(requests).toEqual(['/a.txt', '/b.txt']);
  });

  it('does not take a set with another file in the cache for this one', async () => {
    const { set, file, context } = await setUp();
    const other = { ...set, files: [file('a.txt'), file('c.txt')] };
    expect(cachedFolderOfFiles(other, context.cacheDirectory)).not.toBe(cachedFolderOfFiles(set, context.cacheDirectory));
  });

  it('keeps nothing of a set when one file is missing, and tells the way around it', async () => {
    const { set, file, url, context } = await setUp();
    expect(await errorOf(fetchFiles({ ...set, files: [file('a.txt'), file('gone.txt')] }, context))).toEqual({
      code: 'FARZI_DATA_DOWNLOAD',
      message: `Cannot download gone.txt of Some Set from ${url}/gone.txt: the server answered 404 Not Found.`,
      hint: `Fetch ${url}/gone.txt by other means, and name the folder that holds it with FARZI_DATA_HOME or --data-dir.`,
    });
    expect(await readdir(context.cacheDirectory)).toEqual([]);
  });

  it('refuses a file that is not the published one', async () => {
    const { set, file, url, context } = await setUp();
    const altered = { ...file('b.txt'), sha256: '0'.repeat(64) };
    expect(await errorOf(fetchFiles({ ...set, files: [file('a.txt'), altered] }, context))).toMatchObject({
      code: 'FARZI_DATA_CHECKSUM',
      message: `The file ${url}/b.txt has sha256 ${file('b.txt').sha256} instead of the published ${'0'.repeat(64)}.`,
    });
    expect(await readdir(context.cacheDirectory)).toEqual([]);
  });
});
