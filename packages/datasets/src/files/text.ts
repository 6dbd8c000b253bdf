import { isUtf8 } from 'node:buffer';
import { FarziError } from '@farzi/core';
import { readBytes } from './bytes.js';
import { formatCount } from './errors.js';

/**
 * The text of a UTF-8 file, decompressed where its name ends in `.gz`, without a byte order mark and with `\n` as line
 * end.
 * @throws FARZI_DATA_ENCODING, FARZI_DATA_NOT_FOUND, FARZI_DATA_UNREADABLE, FARZI_INTERRUPTED
 */
export async function readText(path: string, signal: AbortSignal | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  await readBytes(
    path,
    async (bytes) => {
      for await (const chunk of bytes) chunks.push(chunk);
    },
    signal,
  );
  const bytes = Buffer.concat(chunks);
  if (!isUtf8(bytes)) throw notUtf8(path, bytes);
  return new TextDecoder().decode(bytes).replaceAll('\r\n', '\n');
}

function notUtf8(path: string, bytes: Buffer): FarziError {
  const offset = validLength(bytes);
  const byte = bytes[offset] ?? 0;
  return new FarziError(
    'FARZI_DATA_ENCODING',
    `The file ${path} is not UTF-8: byte 0x${byte.toString(16).padStart(2, '0')} at offset ${formatCount(offset)} starts no character.`,
    { hint: 'Convert it, with `iconv -f LATIN1 -t UTF-8` if it is Latin-1, or leave it out if it is no text.' },
  );
}

const replacement = Buffer.from('\uFFFD');

/** How many bytes there are before the first that is wrong. */
function validLength(bytes: Buffer): number {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  // The decoder puts U+FFFD in the place of what is wrong; the first one that the file does not hold itself is where.
  let offset = 0;
  let start = 0;
  for (let end = text.indexOf('\uFFFD'); end !== -1; end = text.indexOf('\uFFFD', start)) {
    offset += Buffer.byteLength(text.slice(start, end));
    if (!bytes.subarray(offset, offset + replacement.length).equals(replacement)) break;
    offset += replacement.length;
    start = end + 1;
  }
  return offset;
}
