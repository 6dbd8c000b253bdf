import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { FarziError } from '@farzi/core';
import { checkFingerprint, type Fingerprint } from './checksum.js';
import { asFarziError, codeOf, reasonOf } from './errors.js';

/** A file on the web. */
export interface Download extends Fingerprint {
  /** What the user knows it as: `MovieLens 100K`. */
  readonly title: string;
  readonly url: string;
}

/** How long a server is waited for. */
export interface Patience {
  /** Milliseconds without a byte after which a connection is given up. */
  readonly stall: number;
  /** How often a download is begun. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; twice as long before each one after it. */
  readonly pause: number;
}

const usualPatience: Patience = { stall: 30_000, attempts: 4, pause: 1000 };

/** What a download may use. */
export interface DownloadContext {
  readonly signal?: AbortSignal | undefined;
  readonly progress: (message: string) => void;
  readonly patience?: Patience | undefined;
}

/** A failure that may be gone the next time. */
class PassingFailure extends Error {}

/** Answers after which servers ask to be tried again. */
const passingStatuses = new Set([408, 425, 429, 500, 502, 503, 504]);

/** `FARZI_DATA_DOWNLOAD` with the way around it. */
function downloadFailed(download: Download, reason: string, cause: unknown): FarziError {
  return new FarziError('FARZI_DATA_DOWNLOAD', `Cannot download ${download.title} from ${download.url}: ${reason}`, {
    cause,
    hint: download.url.endsWith('.zip')
      ? `Fetch ${download.url} by other means, unpack it, and name the folder you unpacked it in with FARZI_DATA_HOME or --data-dir.`
      : `Fetch ${download.url} by other means, and name the folder that holds it with FARZI_DATA_HOME or --data-dir.`,
  });
}

/**
 * Downloads a file, checking its size and sha256 on the way. `destination` appears only once the file is whole. A
 * server that stalls, breaks off or is overloaded is tried again a few times.
 * @throws FARZI_DATA_DOWNLOAD, FARZI_DATA_CHECKSUM, FARZI_INTERRUPTED
 */
export async function downloadFile(download: Download, destination: string, context: DownloadContext): Promise<void> {
  const { signal, progress, patience = usualPatience } = context;
  const part = `${destination}.part`;
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        await receive(download, part, context, patience.stall);
        break;
      } catch (error) {
        if (!(error instanceof PassingFailure)) throw error;
        if (attempt === patience.attempts) throw downloadFailed(download, error.message, error);
        progress(`Downloading ${download.title}: ${error.message}. Trying again (${attempt + 1} of ${patience.attempts})`);
        await sleep(patience.pause * 2 ** (attempt - 1), undefined, signal === undefined ? {} : { signal });
      }
    }
    await rename(part, destination);
  } catch (error) {
    await rm(part, { force: true });
    throw asFarziError(error, signal, `downloading ${download.title}`, () => downloadFailed(download, reasonOf(error), error));
  }
}

/** One attempt. Bytes that came are not kept for the next. */
async function receive(download: Download, part: string, { signal, progress }: DownloadContext, stall: number): Promise<void> {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), stall);
  const either = signal === undefined ? stalled.signal : AbortSignal.any([signal, stalled.signal]);
  const heard = (): void => void timer.refresh();
  try {
    const response = await fetch(download.url, { signal: either });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      const answer = `the server answered ${response.status} ${response.statusText}`.trimEnd();
      throw passingStatuses.has(response.status) ? new PassingFailure(answer) : downloadFailed(download, answer, undefined);
    }
    await pipeline(response.body, checked(download, progress, heard), createWriteStream(part), { signal: either });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    if (stalled.signal.aborted) throw new PassingFailure(`the server sent nothing for ${stall / 1000} s`, { cause: error });
    if (isPassing(error)) throw new PassingFailure(reasonOf(error), { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** True where the network failed (`fetch` throws TypeErrors then) and not because there is no such server. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof TypeError)) return false;
  const code = codeOf(error.cause);
  return code !== 'ENOTFOUND' && code !== 'ECONNREFUSED';
}

/** A stage that lets bytes through, checks them and tells of every chunk and of every tenth of the way. */
function checked(download: Download, progress: (message: string) => void, heard: () => void) {
  return async function* (bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const check = checkFingerprint(download, download.url);
    let received = 0;
    let tenths = 0;
    for await (const chunk of bytes) {
      heard();
      check.update(chunk);
      received += chunk.byteLength;
      const now = Math.floor((10 * received) / download.bytes);
      if (now > tenths) progress(`Downloading ${download.title}: ${now * 10}% of ${(download.bytes / 1e6).toFixed(1)} MB`);
      tenths = now;
      yield chunk;
    }
    check.finish();
  };
}
