import { truncate } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { temporaryFile } from '../../test/support/files.js';
import { errorOf } from '../../test/support/rejection.js';
import { readText } from './text.js';

async function textOf(name: string, content: string | Uint8Array): Promise<string> {
  return readText(await temporaryFile(name, content), 'utf8', undefined);
}

describe('readText', () => {
  it('drops a byte order mark and the carriage returns of line ends', async () => {
    expect(await textOf('a.txt', '\uFEFFone\r\ntwo\rthree\n')).toBe('one\ntwo\rthree\n');
  });

  it('decompresses .gz', async () => {
    expect(await textOf('a.txt.gz', gzipSync('é\n'))).toBe('é\n');
  });

  it('reads Latin-1 when told to', async () => {
    expect(await readText(await temporaryFile('a.txt', Buffer.from('caf\xE9\r\n', 'latin1')), 'latin1', undefined)).toBe('café\n');
  });
});

describe('readText refuses', () => {
  it('more than a string can hold', async () => {
    const path = await temporaryFile('a.txt', 'one two');
    expect(await readText(path, 'utf8', undefined, 7)).toBe('one two');
    expect(await errorOf(readText(path, 'utf8', undefined, 6))).toEqual({
      code: 'FARZI_DATA_TOO_LARGE',
      message: `The file ${path} holds more than 6 characters.`,
      hint: 'Split it into several files, and give the path of their folder.',
    });
  });

  it('more than half of what a string can hold, where no maximum is given', async () => {
    const path = await temporaryFile('a.txt', '');
    // a hole: it takes no room on the disk
    await truncate(path, 2 ** 28 + 1);
    expect(await errorOf(readText(path, 'utf8', undefined))).toMatchObject({
      code: 'FARZI_DATA_TOO_LARGE',
      message: `The file ${path} holds more than 268,435,456 characters.`,
    });
  });

  const hint =
    'Set `encoding: latin1` if the file is Latin-1 and the dataset has that option, convert it otherwise, for example with `iconv -f UTF-16 -t UTF-8`, or leave it out if it is no text.';

  it.each([
    ['Latin-1', Buffer.from('caf\xE9 noir', 'latin1'), '0xe9 at offset 3'],
    ['UTF-16', Buffer.from('\uFEFFab', 'utf16le'), '0xff at offset 0'],
    ['a character that the end cuts off', Buffer.from('aé').subarray(0, 2), '0xc3 at offset 1'],
    ['what follows a correct U+FFFD', Buffer.concat([Buffer.from('\uFEFF€\uFFFD'), Buffer.of(0x80)]), '0x80 at offset 9'],
    ['a byte far inside', Buffer.concat([Buffer.from('x'.repeat(70_000)), Buffer.of(0xff)]), '0xff at offset 70,000'],
  ])('%s, telling the byte', async (_name, content, where) => {
    const path = await temporaryFile('a.txt', content);
    expect(await errorOf(readText(path, 'utf8', undefined))).toEqual({
      code: 'FARZI_DATA_ENCODING',
      message: `Line 1 of ${path} is not UTF-8: byte ${where} starts no character.`,
      hint,
    });
  });
});
