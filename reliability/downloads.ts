import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { isFarziError, RandomStream } from '@farzi/core';
import { type Archive, fetchArchive } from '../packages/datasets/src/files/archive.js';
import { zipOf } from '../packages/datasets/test/support/zip.js';
import { type Attempt, type Check, numbers, tallied } from './check.js';

/** Downloads of each kind. */
const TRIES = 25;
/** Milliseconds without a byte after which a connection is given up here, and how often it is begun. */
const STALL = 150;
const ATTEMPTS = 3;
/** Seconds that a download may take. */
const MOST_SECONDS = 10;

// noise does not shrink, and is more than one packet
const content = randomBytes(100_000).toString('base64');
const zip = zipOf([{ name: 'set/a.txt', content }]);
const sha256 = createHash('sha256').update(zip).digest('hex');

/** What a server does from some place in the file on. */
type Trouble = (response: ServerResponse, at: number) => void;

const begin = (response: ServerResponse, at: number, then: () => void): void => {
  response.writeHead(200, { 'content-length': zip.length });
  response.write(zip.subarray(0, at), then);
};

/** Troubles that a download gets over, unless they come again and again. */
const passing: Readonly<Record<string, Trouble>> = {
  'stalls at the start': () => undefined,
  stalls: (response, at) => {
    begin(response, at, () => undefined);
  },
  'is cut': (response, at) => {
    begin(response, at, () => response.destroy());
  },
  'is overloaded': (response) => response.writeHead(503).end(),
};

/** Troubles after which nothing may be kept. */
const lasting: Readonly<Record<string, Trouble>> = {
  'is short': (response, at) => response.end(zip.subarray(0, at)),
  'is altered': (response, at) => {
    const bytes = Buffer.from(zip);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    response.end(bytes);
  },
  'is longer': (response) => {
    response.write(zip);
    const more = setInterval(() => response.write('x'.repeat(1000)), 1);
    response.on('close', () => {
      clearInterval(more);
    });
  },
  'is not there': (response) => response.writeHead(404).end(),
  'goes round in a circle': (response) => response.writeHead(302, { location: '/set.zip' }).end(),
};

/** Slow, and still sending. */
const slow: Trouble = (response, at) => {
  begin(response, at, () => setTimeout(() => response.end(zip.subarray(at)), STALL / 2));
};

interface Case {
  readonly subject: string;
  readonly index: number;
  readonly trouble: Trouble;
  /** `undefined`: at every request. */
  readonly times: number | undefined;
  readonly whole: boolean;
  readonly downloads: number;
}

const cases: readonly Case[] = [
  ...Object.entries(passing).flatMap(([subject, trouble]) =>
    numbers(TRIES).map((index) => {
      const times = index % (ATTEMPTS + 1);
      return { subject, index, trouble, times, whole: times < ATTEMPTS, downloads: 1 };
    }),
  ),
  ...Object.entries(lasting).flatMap(([subject, trouble]) =>
    numbers(TRIES).map((index) => ({ subject, index, trouble, times: undefined, whole: false, downloads: 1 })),
  ),
  ...numbers(TRIES).map((index) => ({ subject: 'is slow', index, trouble: slow, times: undefined, whole: true, downloads: 1 })),
  ...numbers(TRIES).map((index) => ({ subject: 'two at once', index, trouble: slow, times: undefined, whole: true, downloads: 2 })),
];

/** Downloads from a server on this machine. */
export const downloads: Check = {
  id: 'downloads',
  about: `A server on this machine stalls, cuts, alters or slows a download at a random byte, once or at every request; the download must give the whole data, or a coded error within ${MOST_SECONDS} s and leave nothing in the cache.`,
  run: (context) => tallied(context, cases, (each, own) => downloaded(context.seed, each, join(own, 'cache'))),
};

async function downloaded(
  seed: number,
  { subject, index, trouble, times = Infinity, whole, downloads }: Case,
  cacheDirectory: string,
): Promise<Attempt> {
  const at = new RandomStream(seed, `downloads/${subject}/${index}`).integer(zip.length);
  let requests = 0;
  const listener: RequestListener = (_request, response) => {
    requests += 1;
    if (requests <= times) trouble(response, at);
    else response.end(zip);
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/set.zip`;
  const archive: Archive = { title: 'A set', url, bytes: zip.length, sha256, folder: 'set', terms: 'None.' };
  const patience = { stall: STALL, attempts: ATTEMPTS, pause: 1 };
  const started = performance.now();
  const wrong: string[] = [];
  const fail = (what: string): number => wrong.push(`case ${index}, at byte ${at}: ${what}`);
  const fetches = numbers(downloads).map(() =>
    fetchArchive(archive, { cacheDirectory, patience, signal: undefined, progress: () => undefined }),
  );
  for (const result of await Promise.allSettled(fetches)) {
    if (result.status === 'fulfilled') {
      if (!whole) fail('it succeeds');
      else if (readFileSync(join(result.value, 'a.txt'), 'utf8') !== content) fail('other data');
    } else if (whole) fail(String(result.reason));
    else if (!isFarziError(result.reason) || result.reason.code === 'FARZI_INTERNAL')
      fail(`it ends without a code: ${String(result.reason)}`);
  }
  const left = existsSync(cacheDirectory) ? readdirSync(cacheDirectory) : [];
  if (left.length !== (whole ? 1 : 0)) fail(`it leaves ${left.join(', ')}`);
  const seconds = (performance.now() - started) / 1000;
  if (seconds > MOST_SECONDS) fail(`it takes ${seconds.toFixed(1)} s`);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return { wrong };
}
