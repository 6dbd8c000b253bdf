import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/support/rejection.js';
import { checkedBytes, decodedText } from './checked-bytes.js';

const utf8 = { encoding: 'utf8', maximumLine: Infinity } as const;

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}

async function textOf(bytes: Uint8Array, size: number): Promise<string> {
  let text = '';
  for await (const piece of decodedText(chunksOf(bytes, size), 'a.txt', utf8)) text += piece;
  return text;
}

/** Where the first wrong byte is, by trying every beginning; a beginning may end inside a character. */
function firstWrong(bytes: Buffer): number {
  let right = 0;
  for (let end = 1; end <= bytes.length; end++) if (isUtf8(bytes.subarray(0, end))) right = end;
  return right;
}

const piece = fc.oneof(
  fc.constantFrom('a', '\n', 'é', '€', '👍', '\uFFFD').map((text) => Buffer.from(text)),
  fc
    .constantFrom([0xe9], [0x80], [0xff], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf0, 0x9f, 0x91])
    .map((bytes) => Buffer.from(bytes)),
);

describe('checkedBytes', () => {
  it('finds the same wrong byte and line wherever chunks end, and changes nothing that is right', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 20 }), fc.integer({ min: 1, max: 7 }), async (pieces, size) => {
        const bytes = Buffer.concat(pieces);
        if (isUtf8(bytes)) {
          expect(await textOf(bytes, size)).toBe(bytes.toString('utf8'));
          return;
        }
        const wrong = firstWrong(bytes);
        const line = bytes.subarray(0, wrong).toString('latin1').split('\n').length;
        expect((await errorOf(textOf(bytes, size))).message).toMatch(
          new RegExp(`^Line ${line} of a\\.txt is not UTF-8: byte 0x${bytes.toString('hex', wrong, wrong + 1)} at offset ${wrong} `),
        );
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it.each([1, 2, 3, 100])('measures lines without their ends, in chunks of %i bytes', async (size) => {
    const rules = { encoding: 'latin1', maximumLine: 3 } as const;
    const drain = async (text: string): Promise<number> => {
      let length = 0;
      for await (const chunk of checkedBytes(chunksOf(Buffer.from(text), size), 'a.txt', rules)) length += chunk.length;
      return length;
    };
    expect(await drain('abc\nabc\n\nabc')).toBe(12);
    expect(await errorOf(drain('abc\nab\nabcd'))).toMatchObject({
      code: 'FARZI_DATA_TOO_LARGE',
      message: 'Line 3 of a.txt is longer than 3 bytes.',
    });
  });
});
