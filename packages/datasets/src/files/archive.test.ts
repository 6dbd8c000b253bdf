import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import type { RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/support/files.js';
import { errorOf } from '../../test/support/rejection.js';
import { serve } from '../../test/support/server.js';
import { zipOf } from '../../test/support/zip.js';
import { cachedFolder, fetchArchive, type Archive } from './archive.js';

const zip = zipOf([{ name: 'set/a.txt', content: 'content' }]);
const sha256 = createHash('sha256').update(zip).digest('hex');
const checksumHint =
  'The download was altered on its way (a proxy?), or the publisher replaced the file. Try again; if it stays, fetch the file from its official address and check it.';

const serveZip: RequestListener = (_request, response) => response.end(zip);

/** An archive at a server of this test, and what is needed to fetch it. */
async function setUp(listener: RequestListener, parts: Partial<Archive> = {}) {
  const url = `${await serve(listener)}/set.zip`;
  const messages: string[] = [];
  const archive: Archive = {
    title: 'Some Set',
    url,
    bytes: zip.length,
    sha256,
    folder: 'set',
    terms: 'Its terms: research only.',
    ...parts,
  };
  return {
    archive,
    url,
    messages,
    context: {
      cacheDirectory: join(await temporaryFolder(), 'cache'),
      progress: (message: string) => messages.push(message),
      signal: undefined,
      patience: { stall: 300, attempts: 3, pause: 1 },
    },
  };
}

describe('fetchArchive', () => {
  it('downloads, checks and unpacks once, telling the terms', async () => {
    let requests = 0;
    const { archive, context, messages, url } = await setUp((request, response) => {
      requests += 1;
      serveZip(request, response);
    });
    const folder = await fetchArchive(archive, context);
    expect(folder).toBe(cachedFolder(archive, context.cacheDirectory));
    expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('content');
    expect(messages).toEqual([
      `Downloading Some Set (0.0 MB) from ${url}. Its terms: research only.`,
      'Downloading Some Set: 100% of 0.0 MB',
    ]);
    expect(await fetchArchive(archive, context)).toBe(folder);
    expect(requests).toBe(1);
    expect(await readdir(context.cacheDirectory)).toHaveLength(1);
  });

  it('may run twice at once', async () => {
    const { archive, context } = await setUp(serveZip);
    const [first, second] = await Promise.all([fetchArchive(archive, context), fetchArchive(archive, context)]);
    expect(first).toBe(second);
    expect(await readdir(context.cacheDirectory)).toHaveLength(1);
  });

  it('is not disturbed by another one that is interrupted in the same cache', async () => {
    const stop = new AbortController();
    const waiting: ServerResponse[] = [];
    const { archive, context } = await setUp((_request, response) => {
      response.writeHead(200, { 'content-length': zip.length });
      response.write(zip.subarray(0, 20));
      if (waiting.push(response) === 2) stop.abort();
    });
    const patience = { ...context.patience, stall: 10_000 };
    const [interrupted, whole] = await Promise.allSettled([
      // the other goes on when this one has put its things away
      fetchArchive(archive, { ...context, patience, signal: stop.signal }).finally(() => {
        for (const response of waiting) response.end(zip.subarray(20));
      }),
      fetchArchive(archive, { ...context, patience }),
    ]);
    expect(interrupted).toMatchObject({ status: 'rejected', reason: { code: 'FARZI_INTERRUPTED' } });
    expect(whole).toEqual({ status: 'fulfilled', value: cachedFolder(archive, context.cacheDirectory) });
    expect(await readdir(context.cacheDirectory)).toHaveLength(1);
  });

  const halting: [what: string, reason: string, listener: RequestListener][] = [
    ['sends nothing', 'the server sent nothing for 0.3 s', () => undefined],
    [
      'stalls halfway',
      'the server sent nothing for 0.3 s',
      (_request, response) => {
        response.writeHead(200, { 'content-length': zip.length });
        response.write(zip.subarray(0, 20));
      },
    ],
    ['is overloaded', 'the server answered 503 Service Unavailable', (_request, response) => response.writeHead(503).end()],
    ['breaks off', 'other side closed', (request) => request.socket.destroy()],
  ];
  it.each(halting)('tries a server again that %s', async (_what, reason, listener) => {
    let requests = 0;
    const { archive, context, messages } = await setUp((request, response) => {
      requests += 1;
      if (requests < 3) listener(request, response);
      else serveZip(request, response);
    });
    expect(await readFile(join(await fetchArchive(archive, context), 'a.txt'), 'utf8')).toBe('content');
    expect(requests).toBe(3);
    expect(messages.filter((message) => message.includes('again'))).toEqual([
      `Downloading Some Set: ${reason}. Trying again (2 of 3).`,
      `Downloading Some Set: ${reason}. Trying again (3 of 3).`,
    ]);
  });

  it.each(halting)('gives up a server that %s again and again', async (_what, reason, listener) => {
    let requests = 0;
    const { archive, context, url } = await setUp((request, response) => {
      requests += 1;
      listener(request, response);
    });
    expect(await errorOf(fetchArchive(archive, context))).toMatchObject({
      code: 'FARZI_DATA_DOWNLOAD',
      message: `Cannot download Some Set from ${url}: ${reason}.`,
    });
    expect(requests).toBe(3);
    expect(await readdir(context.cacheDirectory)).toEqual([]);
  });

  it('waits for a server that is slow as long as it sends', async () => {
    const { archive, context } = await setUp((_request, response) => {
      const quarter = Math.ceil(zip.length / 4);
      response.writeHead(200, { 'content-length': zip.length });
      for (let part = 0; part < 4; part++)
        setTimeout(() => response.write(zip.subarray(part * quarter, (part + 1) * quarter)), 150 * (part + 1));
    });
    expect(await fetchArchive(archive, context)).toBe(cachedFolder(archive, context.cacheDirectory));
  });

  it('does not take another edition in the cache for this one', async () => {
    const { archive, context } = await setUp(serveZip);
    expect(cachedFolder({ ...archive, sha256: 'f'.repeat(64) }, context.cacheDirectory)).not.toBe(
      cachedFolder(archive, context.cacheDirectory),
    );
  });
});

describe('fetchArchive refuses', () => {
  it('a wrong checksum', async () => {
    const { archive, context, url } = await setUp(serveZip, { sha256: '0'.repeat(64) });
    expect(await errorOf(fetchArchive(archive, context))).toEqual({
      code: 'FARZI_DATA_CHECKSUM',
      message: `The file ${url} has sha256 ${sha256} instead of the published ${'0'.repeat(64)}.`,
      hint: checksumHint,
    });
    expect(await readdir(context.cacheDirectory)).toEqual([]);
  });

  it('a short file', async () => {
    const { archive, context, url } = await setUp((_request, response) => response.end('log in first'));
    expect(await errorOf(fetchArchive(archive, context))).toEqual({
      code: 'FARZI_DATA_CHECKSUM',
      message: `The file ${url} has 12 bytes instead of the published ${zip.length}.`,
      hint: checksumHint,
    });
  });

  it('a long file, without reading it to the end', async () => {
    const { archive, context, url } = await setUp((_request, response) => {
      const more = setInterval(() => response.write('x'.repeat(1000)), 1);
      response.on('close', () => clearInterval(more));
    });
    expect(await errorOf(fetchArchive(archive, context))).toEqual({
      code: 'FARZI_DATA_CHECKSUM',
      message: `The file ${url} is longer than the published ${zip.length} bytes.`,
      hint: checksumHint,
    });
  });

  it('an answer that is not the file, with the way around it', async () => {
    let requests = 0;
    const { archive, context, url } = await setUp((_request, response) => {
      requests += 1;
      response.writeHead(404).end();
    });
    expect(await errorOf(fetchArchive(archive, context))).toEqual({
      code: 'FARZI_DATA_DOWNLOAD',
      message: `Cannot download Some Set from ${url}: the server answered 404 Not Found.`,
      hint: `Fetch ${url} by other means, unpack it, and name the folder you unpacked it in with FARZI_DATA_HOME or --data-dir.`,
    });
    expect(requests).toBe(1);
  });

  it('a connection that breaks off', async () => {
    const { archive, context } = await setUp((_request, response) => {
      response.writeHead(200, { 'content-length': zip.length });
      response.write(zip.subarray(0, 20), () => response.destroy());
    });
    expect(await errorOf(fetchArchive(archive, context))).toMatchObject({ code: 'FARZI_DATA_DOWNLOAD' });
    expect(await readdir(context.cacheDirectory)).toEqual([]);
  });

  it('a server that does not answer', async () => {
    const { archive, context } = await setUp(serveZip);
    const error = await errorOf(fetchArchive({ ...archive, url: 'http://127.0.0.1:9/set.zip' }, context));
    expect(error.code).toBe('FARZI_DATA_DOWNLOAD');
    expect(error.message).toMatch(/^Cannot download Some Set from http:\/\/127\.0\.0\.1:9\/set\.zip: ./);
  });

  it('an archive without the folder', async () => {
    const { archive, context, url } = await setUp(serveZip, { folder: 'other' });
    expect(await errorOf(fetchArchive(archive, context))).toMatchObject({
      code: 'FARZI_DATA_UNREADABLE',
      message: `The archive ${url} holds no folder other.`,
    });
  });

  it('a cache folder that cannot be written', async () => {
    const { archive, context } = await setUp(serveZip);
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    const error = await errorOf(fetchArchive(archive, { ...context, cacheDirectory: join(file, 'cache') }));
    expect(error).toMatchObject({ code: 'FARZI_DATA_DOWNLOAD', hint: 'Name a folder that can be written with FARZI_CACHE_HOME.' });
    expect(error.message).toMatch(/^Cannot write to the cache folder /);
  });

  it('to go on after an interruption, and leaves nothing behind', async () => {
    const stop = new AbortController();
    const { archive, context } = await setUp((_request, response) => {
      response.writeHead(200, { 'content-length': zip.length });
      response.write(zip.subarray(0, 20), () => stop.abort());
    });
    expect(await errorOf(fetchArchive(archive, { ...context, signal: stop.signal }))).toMatchObject({
      code: 'FARZI_INTERRUPTED',
      message: 'Interrupted while downloading Some Set.',
    });
    expect(await readdir(context.cacheDirectory)).toEqual([]);
  });
});
