import { unknownSymbol } from '../symbols.js';
import { mergeTable } from './merge-table.js';
import { replacementCharacter, type Segmentation } from './segmentation.js';

/**
 * Pieces of words by byte-pair encoding with GPT-2's published merges (`r50k_base`), of at most 256 characters at a
 * time. A piece may be a part of a character's bytes: a character counts where its first byte is, so that the
 * characters of all pieces add up to those of the text. `<unk>` counts none and becomes U+FFFD in text.
 */
export const subwords: Segmentation = {
  description: "subwords (byte-pair encoding with GPT-2's merges)",
  marksEnds: false,
  complete: (document) => document,
  cut: (text) => mergeTable().cut(text),
  join: (symbols) => {
    const decoder = new TextDecoder();
    const { bytesOf } = mergeTable();
    const decoded = symbols.map((symbol) =>
      symbol === unknownSymbol ? decoder.decode() + replacementCharacter : decoder.decode(bytesOf(symbol), { stream: true }),
    );
    return decoded.join('') + decoder.decode();
  },
  charactersOf: (symbol) => (symbol === unknownSymbol ? 0 : mergeTable().bytesOf(symbol).filter(startsCharacter).length),
};

/** Continuation bytes of UTF-8 are 0b10xxxxxx. */
function startsCharacter(byte: number): boolean {
  return (byte & 0xc0) !== 0x80;
}
