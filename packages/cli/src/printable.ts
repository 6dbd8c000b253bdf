import type { Output, Stream } from './io.js';

/**
 * Text without control characters other than line breaks, and without those that turn the direction of writing: what
 * data, paths and plugins hold should neither reach the terminal as a command nor look like something else.
 */
export function printable(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replaceAll('\t', ' ')
    .replace(/[^\P{Cc}\n]|\p{Bidi_Control}/gu, '\uFFFD');
}

/** A stream that is written {@link printable} text only. */
export function printing(stream: Stream): Output {
  return {
    write: (text) => void stream.write(printable(text)),
    // a window may change its size
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.columns;
    },
  };
}
