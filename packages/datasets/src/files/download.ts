import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { FarziError } from '@farzi/core';
import { checkFingerprint, type Fingerprint } from './checksum.js';
import { asFarziError, reasonOf } from './errors.js';

/** A file on the web. */
export interface Download extends Fingerprint {
  /** What the user knows it as: `MovieLens 100K`. */
  readonly title: string;
  readonly url: string;
}

/** What a download may use. */
export interface DownloadContext {
  readonly signal?: AbortSignal | undefined;
  readonly progress: (message: string) => void;
}

/** `FARZI_DATA_DOWNLOAD` with the way around it. */
function downloadFailed(download: Download, reason: string, cause: unknown): FarziError {
  return new FarziError('FARZI_DATA_DOWNLOAD', `Cannot download ${download.title} from ${download.url}: ${reason}.`, {
    cause,
    hint: download.url.endsWith('.zip')
      ? `Fetch ${download.url} by other means, unpack it, and name the folder you unpacked it in with FARZI_DATA_HOME or --data-dir.`
      : `Fetch ${download.url} by other means, and name the folder that holds it with FARZI_DATA_HOME or --data-dir.`,
  });
}

/**
 * Downloads a file, checking its size and sha256 on the way. `destination` appears only once the file is whole.
 * @throws FARZI_DATA_DOWNLOAD, FARZI_DATA_CHECKSUM, FARZI_INTERRUPTED
 */
export async function downloadFile(download: Download, destination: string, { signal, progress }: DownloadContext): Promise<void> {
  const part = `${destination}.part`;
  try {
    const response = await fetch(download.url, signal === undefined ? {} : { signal });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw downloadFailed(download, `the server answered ${response.status} ${response.statusText}`.trimEnd(), undefined);
    }
    await pipeline(response.body, checked(download, progress), createWriteStream(part), signal === undefined ? {} : { signal });
    await rename(part, destination);
  } catch (error) {
    await rm(part, { force: true });
    throw asFarziError(error, signal, `downloading ${download.title}`, () => downloadFailed(download, reasonOf(error), error));
  }
}

/** A stage that lets bytes through, checks them and tells every tenth of the way. */
function checked(download: Download, progress: (message: string) => void) {
  return async function* (bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const check = checkFingerprint(download, download.url);
    let received = 0;
    let tenths = 0;
    for await (const chunk of bytes) {
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
