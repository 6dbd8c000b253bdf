import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { FarziError, isFarziError } from '@farzi/core';
import { asFarziError, formatCount, reasonOf } from './errors.js';
import { requireFile } from './locate.js';

/** True for a path whose content is compressed with gzip. */
export function isGzip(path: string): boolean {
  return path.toLowerCase().endsWith('.gz');
}

/**
 * A file that grows to more than this many bytes when it is decompressed must not grow to more than
 * {@link maximumExpansion} times its size: tables and texts do not reach 20 times, while gzip can reach 1,000.
 */
const alwaysExpanded = 64 * 2 ** 20;
const maximumExpansion = 100;

/** Lets decompressed bytes through while they are no bomb. */
async function* expanded(bytes: AsyncIterable<Buffer>, path: string, size: number): AsyncGenerator<Buffer> {
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > Math.max(alwaysExpanded, maximumExpansion * size))
      throw new FarziError(
        'FARZI_DATA_TOO_LARGE',
        `${path} has ${formatCount(size)} bytes and grows to more than ${maximumExpansion} times as many when it is decompressed.`,
        { hint: 'Check the file: no table or text shrinks so much. If it is right, decompress it and give the path of the result.' },
      );
    yield chunk;
  }
}

/**
 * Streams a file's bytes, decompressed where the name ends in `.gz`, to a consumer.
 * @throws FARZI_DATA_NOT_FOUND, FARZI_DATA_UNREADABLE, FARZI_DATA_TOO_LARGE, FARZI_INTERRUPTED, and whatever coded
 *   error the consumer throws
 */
export async function readBytes(
  path: string,
  consume: (bytes: AsyncIterable<Buffer>) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const size = await requireFile(path);
  const options = signal === undefined ? {} : { signal };
  let refusal: FarziError | undefined;
  // What the consumer threw, which stops the streams before it: they fail with an error of their own then.
  const consumeOrTell = async (bytes: AsyncIterable<Buffer>): Promise<void> => {
    try {
      await consume(isGzip(path) ? expanded(bytes, path, size) : bytes);
    } catch (error) {
      if (isFarziError(error)) refusal = error;
      throw error;
    }
  };
  try {
    if (isGzip(path)) await pipeline(createReadStream(path), createGunzip(), consumeOrTell, options);
    else await pipeline(createReadStream(path), consumeOrTell, options);
  } catch (error) {
    throw asFarziError(
      refusal ?? error,
      signal,
      `reading ${path}`,
      (cause) =>
        new FarziError('FARZI_DATA_UNREADABLE', `Cannot read ${path}: ${reasonOf(error)}`, {
          ...cause,
          hint: isGzip(path)
            ? 'The file is damaged, incomplete or not compressed with gzip: fetch it again, or drop `.gz` from its name if it is plain text.'
            : 'Check the file and its permissions.',
        }),
    );
  }
}
