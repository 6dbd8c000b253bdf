import { Unzlib, zlibSync } from 'fflate';
import { FarziError } from '../errors.js';

/** Longest text that is believed: far above any of ours, far below what a few bytes may claim to be. */
const MOST_BYTES = 100_000_000;
/** Bytes that are read at once: what they may become fits into memory. */
const CHUNK = 65_536;

/** A text in UTF-8, compressed as zlib does: the same text gives the same bytes. */
export const deflated = (text: string): Uint8Array => zlibSync(new TextEncoder().encode(text), { level: 9 });

/**
 * The text that {@link deflated} was given.
 *
 * @throws FARZI_SAFETENSORS for nothing, or for more than a hundred million bytes; the library's own errors, or a
 *   TypeError, for what it did not give
 */
export function inflated(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let length = 0;
  let isWhole = false;
  const reader = new Unzlib((part, final) => {
    text += decoder.decode(part, { stream: !final });
    length += part.length;
    isWhole = final;
  });
  for (let from = 0; from < bytes.length && length <= MOST_BYTES; from += CHUNK)
    reader.push(bytes.subarray(from, from + CHUNK), from + CHUNK >= bytes.length);
  if (length > MOST_BYTES) throw new FarziError('FARZI_SAFETENSORS', `Its text has more than ${MOST_BYTES} bytes.`);
  if (!isWhole) throw new FarziError('FARZI_SAFETENSORS', 'Its text ends too early.');
  return text;
}
