import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zlibSync } from 'fflate';
import { inflateSync } from 'node:zlib';
import { deflated, inflated } from './deflated.js';

describe('a compressed text', () => {
  it('is the same again, whatever it says, and is what zlib reads', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 500 }), (text) => {
        expect(inflated(deflated(text))).toBe(text);
        expect(inflateSync(deflated(text)).toString()).toBe(text);
      }),
    );
  });

  it('may be longer than what is read at once', () => {
    const text = Array.from({ length: 100_000 }, (_, index) => index * index).join();
    expect(deflated(text).length).toBeGreaterThan(65_536);
    expect(inflated(deflated(text))).toBe(text);
  });

  it('is refused without its end, or when it was never compressed', () => {
    const bytes = deflated('a text that is not long');
    expect(() => inflated(bytes.subarray(0, 12))).toThrow('unexpected EOF');
    expect(() => inflated(bytes.subarray(0, 0))).toThrow('Its text ends too early.');
    expect(() => inflated(Uint8Array.from({ length: 12 }, (_, at) => at))).toThrow('invalid zlib data');
  });

  it('is refused when it is no text, or would fill the memory', () => {
    expect(() => inflated(zlibSync(Uint8Array.of(255)))).toThrow();
    expect(() => inflated(zlibSync(new Uint8Array(1e8 + 1), { level: 1 }))).toThrow('Its text has more than 100000000 bytes.');
  });
});
