import { isUtf8 } from 'node:buffer';
import { FarziError } from '@farzi/core';
import { isGzip } from './bytes.js';
import { formatCount } from './errors.js';

/** Encodings of text that are read. `latin1` is ISO 8859-1, in which every byte is a character. */
export const encodings = ['utf8', 'latin1'] as const;

/** One of {@link encodings}. */
export type Encoding = (typeof encodings)[number];

/** What bytes of a text file must be. */
export interface TextRules {
  readonly encoding: Encoding;
  /** Bytes that a line may have. */
  readonly maximumLine: number;
}

const lineFeed = 0x0a;

/**
 * Lets the bytes of a text file through as long as they are text of its encoding in lines of bounded length; so that no
 * character is replaced unnoticed, and no file is gathered in memory for want of a line end.
 * @throws FARZI_DATA_ENCODING, FARZI_DATA_TOO_LARGE
 */
export async function* checkedBytes(
  bytes: AsyncIterable<Buffer>,
  path: string,
  { encoding, maximumLine }: TextRules,
): AsyncGenerator<Buffer> {
  /** Of what was let through. */
  let [line, lineLength, offset] = [1, 0, 0];
  /** A character that the end of the last chunk cut in two. */
  let cut: Buffer = Buffer.alloc(0);
  const check = (checked: Buffer): void => {
    if (encoding === 'latin1' || isUtf8(checked)) return;
    const valid = validLength(checked);
    throw notUtf8(path, line + countLines(checked.subarray(0, valid)), offset - cut.length + valid, checked[valid] ?? 0);
  };
  for await (const chunk of bytes) {
    const whole = Buffer.concat([cut, chunk]);
    const end = whole.length - cutLength(whole);
    check(whole.subarray(0, end));
    cut = whole.subarray(end);
    for (let start = 0; start < chunk.length;) {
      const at = chunk.indexOf(lineFeed, start);
      lineLength += (at === -1 ? chunk.length : at) - start;
      if (lineLength > maximumLine) throw lineTooLong(path, line, maximumLine);
      if (at === -1) break;
      [line, lineLength, start] = [line + 1, 0, at + 1];
    }
    offset += chunk.length;
    yield chunk;
  }
  check(cut);
}

/** The text of bytes that {@link checkedBytes} lets through, chunk by chunk; a byte order mark is left out. */
export async function* decodedText(bytes: AsyncIterable<Buffer>, path: string, rules: TextRules): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of checkedBytes(bytes, path, rules))
    yield rules.encoding === 'latin1' ? chunk.toString('latin1') : decoder.decode(chunk, { stream: true });
}

/** How many bytes at the end begin a character that is not complete. */
function cutLength(bytes: Buffer): number {
  for (let length = 1; length <= Math.min(3, bytes.length); length++) {
    const byte = bytes[bytes.length - length] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > length ? length : 0;
  }
  return 0;
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
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

function notUtf8(path: string, line: number, offset: number, byte: number): FarziError {
  const place = `at offset ${formatCount(offset)}${isGzip(path) ? ' of the decompressed file' : ''}`;
  return new FarziError(
    'FARZI_DATA_ENCODING',
    `Line ${line} of ${path} is not UTF-8: byte 0x${byte.toString(16).padStart(2, '0')} ${place} starts no character.`,
    {
      hint: 'Set `encoding: latin1` if the file is Latin-1 and the dataset has that option, convert it otherwise, for example with `iconv -f UTF-16 -t UTF-8`, or leave it out if it is no text.',
    },
  );
}

function lineTooLong(path: string, line: number, maximum: number): FarziError {
  return new FarziError('FARZI_DATA_TOO_LARGE', `Line ${line} of ${path} is longer than ${formatCount(maximum)} bytes.`, {
    hint: 'Check that the file is text of the format that was chosen, and break that line into several.',
  });
}
