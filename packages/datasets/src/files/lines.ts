import { readBytes } from './bytes.js';
import { decodedText, type Encoding } from './checked-bytes.js';

/** A line with a million items of fifteen characters fits. */
const maximumLine = 16 * 2 ** 20;

/**
 * Streams the lines of a text file without their line ends (`\n` or `\r\n`) and byte order mark.
 * @param onLine - gets a line and its 1-based number.
 * @throws FARZI_DATA_NOT_FOUND, FARZI_DATA_UNREADABLE, FARZI_DATA_ENCODING, FARZI_DATA_TOO_LARGE, FARZI_INTERRUPTED
 */
export async function readLines(
  path: string,
  encoding: Encoding,
  onLine: (line: string, number: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  let number = 0;
  /** Pieces of the line that is not at its end yet. */
  let pieces: string[] = [];
  const emit = (): void => {
    const line = pieces.join('');
    pieces = [];
    number += 1;
    onLine(line.endsWith('\r') ? line.slice(0, -1) : line, number);
  };
  await readBytes(
    path,
    async (bytes) => {
      for await (const text of decodedText(bytes, path, { encoding, maximumLine })) {
        const [rest = '', ...next] = text.split('\n');
        pieces.push(rest);
        for (const piece of next) {
          emit();
          pieces.push(piece);
        }
      }
      if (pieces.some((piece) => piece !== '')) emit();
    },
    signal,
  );
}
