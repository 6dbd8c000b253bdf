import { FarziError } from '@farzi/core';
import { readBytes } from './bytes.js';
import { decodedText, type Encoding } from './checked-bytes.js';
import { formatCount } from './errors.js';

/** Half of what a string of Node can hold, so that there is room for what is done with it. */
const maximumText = 2 ** 28;

/**
 * The text of a file, decompressed where its name ends in `.gz`, without a byte order mark and with `\n` as line end.
 * @param maximum - characters (UTF-16 code units) that it may have.
 * @throws FARZI_DATA_ENCODING, FARZI_DATA_NOT_FOUND, FARZI_DATA_UNREADABLE, FARZI_DATA_TOO_LARGE, FARZI_INTERRUPTED
 */
export async function readText(path: string, encoding: Encoding, signal: AbortSignal | undefined, maximum = maximumText): Promise<string> {
  const pieces: string[] = [];
  let length = 0;
  await readBytes(
    path,
    async (bytes) => {
      for await (const piece of decodedText(bytes, path, { encoding, maximumLine: Infinity })) {
        pieces.push(piece);
        length += piece.length;
        if (length > maximum)
          throw new FarziError('FARZI_DATA_TOO_LARGE', `${path} holds more than ${formatCount(maximum)} characters.`, {
            hint: 'Split it into several files, and give the path of their folder.',
          });
      }
    },
    signal,
  );
  return pieces.join('').replaceAll('\r\n', '\n');
}
