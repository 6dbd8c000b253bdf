import { createRequire } from 'node:module';
import { FarziError } from '@farzi/core';

/** GPT-2's byte-pair encoding, in terms of names of its pieces. */
interface MergeTable {
  /**
   * By the published ids. A piece goes by its text, or by its bytes (`<0xE2><0x80>`) where they are no text by
   * themselves.
   */
  readonly names: readonly string[];
  cut(text: string): Iterable<string>;
  /** @throws FARZI_RUN_INCOMPLETE for a name that stands for no piece */
  bytesOf(name: string): Uint8Array;
}

/**
 * What is merged in one go: GPT-2's pattern, in which nothing is as long as its bound in ordinary text. The time to
 * merge grows with the square of the length, so that what is longer is cut into parts, at most this many characters
 * each.
 */
const pieces = /'(?:[sdmt]|ll|ve|re)| ?\p{L}{1,256}| ?\p{N}{1,256}| ?[^\s\p{L}\p{N}]{1,256}|\s{1,256}(?!\S)|\s{1,256}/gu;

let loaded: MergeTable | undefined;

/**
 * Loads the table of half a megabyte when it is first asked for, and within the call: a tokenizer is restored without
 * waiting.
 */
export function mergeTable(): MergeTable {
  return (loaded ??= load());
}

function load(): MergeTable {
  const require = createRequire(import.meta.url);
  const { encode } = require('gpt-tokenizer/encoding/r50k_base') as typeof import('gpt-tokenizer/encoding/r50k_base');
  const published = (require('gpt-tokenizer/bpeRanks/r50k_base') as typeof import('gpt-tokenizer/bpeRanks/r50k_base')).default;
  const names = published.map((piece) => (typeof piece === 'string' ? piece : nameOfBytes(piece)));
  const bytes = new Map(published.map((piece, id) => [names[id], typeof piece === 'string' ? Buffer.from(piece) : Uint8Array.from(piece)]));
  // What looks like a control token (`<|endoftext|>`) is text like any other here.
  const asText = { disallowedSpecial: new Set<string>() };
  return {
    names,
    *cut(text) {
      for (const [piece] of text.matchAll(pieces)) for (const id of encode(piece, asText)) yield names[id] ?? '';
    },
    bytesOf(name) {
      const found = bytes.get(name);
      if (found === undefined)
        throw new FarziError('FARZI_RUN_INCOMPLETE', `${JSON.stringify(name)} is no piece of GPT-2's byte-pair encoding.`, {
          hint: 'The vocabulary of the run was altered, or made by another version of @farzi/datasets: run the experiment again.',
        });
      return found;
    },
  };
}

/** `[0xe2, 0x80]` → `<0xE2><0x80>`: bytes that are no text by themselves. */
function nameOfBytes(bytes: readonly number[]): string {
  return bytes.map((byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`).join('');
}
