import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { FarziError } from '@farzi/core';
import { asFarziError, reasonOf } from './errors.js';
import { requireFile } from './locate.js';

/** True for a path whose content is compressed with gzip. */
export function isGzip(path: string): boolean {
  return path.toLowerCase().endsWith('.gz');
}

/**
 * Streams a file's bytes, decompressed where the name ends in `.gz`, to a consumer.
 * @throws FARZI_DATA_NOT_FOUND, FARZI_DATA_UNREADABLE, FARZI_INTERRUPTED, and whatever coded error the consumer throws
 */
export async function readBytes(
  path: string,
  consume: (bytes: AsyncIterable<Buffer>) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  await requireFile(path);
  const options = signal === undefined ? {} : { signal };
  try {
    if (isGzip(path)) await pipeline(createReadStream(path), createGunzip(), consume, options);
    else await pipeline(createReadStream(path), consume, options);
  } catch (error) {
    throw asFarziError(
      error,
      signal,
      `reading ${path}`,
      (cause) =>
        new FarziError('FARZI_DATA_UNREADABLE', `Cannot read ${path}: ${reasonOf(error)}.`, {
          ...cause,
          hint: isGzip(path)
            ? 'The file is damaged, incomplete or not compressed with gzip: fetch it again, or drop `.gz` from its name if it is plain text.'
            : 'Check the file and its permissions.',
        }),
    );
  }
}
