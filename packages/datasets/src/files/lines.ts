import { readBytes } from './bytes.js';

/** Characters that some editors put before the first line to mark the encoding. */
const byteOrderMark = '\uFEFF';

/**
 * Streams the lines of a UTF-8 text file without their line ends (`\n` or `\r\n`) and byte order mark.
 * @param onLine - gets a line and its 1-based number.
 * @throws FARZI_DATA_NOT_FOUND, FARZI_DATA_UNREADABLE, FARZI_INTERRUPTED
 */
export async function readLines(
  path: string,
  onLine: (line: string, number: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let number = 0;
  const emit = (line: string): void => {
    number += 1;
    const start = number === 1 && line.startsWith(byteOrderMark) ? 1 : 0;
    onLine(line.slice(start, line.endsWith('\r') ? -1 : undefined), number);
  };
  let rest = '';
  await readBytes(
    path,
    async (bytes) => {
      for await (const chunk of bytes) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        lines.forEach(emit);
      }
      rest += decoder.decode();
      if (rest !== '') emit(rest);
    },
    signal,
  );
}
