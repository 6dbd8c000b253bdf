import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { temporaryFile, temporaryFolder } from '../../test/support/files.js';
import { errorOf } from '../../test/support/rejection.js';
import { readLines } from './lines.js';

async function linesOf(path: string, signal?: AbortSignal): Promise<string[]> {
  const lines: string[] = [];
  await readLines(path, 'utf8', (line, number) => lines.push(`${number}:${line}`), signal);
  return lines;
}

const badGzipHint =
  'The file is damaged, incomplete or not compressed with gzip: fetch it again, or drop `.gz` from its name if it is plain text.';

describe('reading files', () => {
  it('numbers lines, whatever their ends, and keeps characters that chunks cut in two', async () => {
    // Longer than a chunk of 64 KiB, an odd byte in front: some two-byte character lies across the border.
    const long = `x${'é'.repeat(70_000)}`;
    const path = await temporaryFile('a.txt', `\uFEFFone\r\n\r\n${long}\nlast`);
    expect(await linesOf(path)).toEqual(['1:one', '2:', `3:${long}`, '4:last']);
  });

  it('finds no lines in an empty file', async () => {
    expect(await linesOf(await temporaryFile('a.txt', ''))).toEqual([]);
  });

  it('decompresses .gz', async () => {
    expect(await linesOf(await temporaryFile('a.txt.gz', gzipSync('one\ntwo\n')))).toEqual(['1:one', '2:two']);
  });
});

describe('reading files refuses', () => {
  it('a path where nothing is', async () => {
    const path = join(await temporaryFolder(), 'gone.txt');
    expect(await errorOf(linesOf(path))).toEqual({
      code: 'FARZI_DATA_NOT_FOUND',
      message: `Cannot find ${path}. Looked in:\n  ${path}`,
      hint: 'Check the path.',
    });
  });

  it('a directory', async () => {
    const path = join(await temporaryFolder(), 'a.csv');
    await mkdir(path);
    expect(await errorOf(linesOf(path))).toEqual({
      code: 'FARZI_DATA_UNREADABLE',
      message: `Cannot read ${path}: it is a directory, not a file.`,
      hint: 'Give the path of the data file inside it.',
    });
  });

  it('text that is named .gz', async () => {
    const path = await temporaryFile('a.txt.gz', 'one\n');
    expect(await errorOf(linesOf(path))).toEqual({
      code: 'FARZI_DATA_UNREADABLE',
      message: `Cannot read ${path}: incorrect header check`,
      hint: badGzipHint,
    });
  });

  it('a truncated gzip file', async () => {
    const path = await temporaryFile('a.txt.gz', gzipSync('one\n'.repeat(1000)).subarray(0, -12));
    expect(await errorOf(linesOf(path))).toEqual({
      code: 'FARZI_DATA_UNREADABLE',
      message: `Cannot read ${path}: unexpected end of file`,
      hint: badGzipHint,
    });
  });

  it('a file that is a bomb, before it fills the memory', async () => {
    // Lines are short: only what the whole grows to tells.
    const path = await temporaryFile('a.txt.gz', gzipSync('u a\n'.repeat(20_000_000)));
    expect(await errorOf(readLines(path, 'utf8', () => undefined, undefined))).toEqual({
      code: 'FARZI_DATA_TOO_LARGE',
      message: expect.stringMatching(
        /^\S+a\.txt\.gz has \d+,\d+ bytes and grows to more than 100 times as many when it is decompressed\.$/,
      ),
      hint: 'Check the file: no table or text shrinks so much. If it is right, decompress it and give the path of the result.',
    });
  });

  it('a line without an end', async () => {
    const path = await temporaryFile('a.txt.gz', gzipSync(Buffer.concat([Buffer.from('one\n'), Buffer.alloc(20 * 2 ** 20, 'x')])));
    expect(await errorOf(linesOf(path))).toEqual({
      code: 'FARZI_DATA_TOO_LARGE',
      message: `Line 2 of ${path} is longer than 16,777,216 bytes.`,
      hint: 'Check that the file is text of the format that was chosen, and break that line into several.',
    });
  });

  it('to go on after an interruption', async () => {
    const path = await temporaryFile('a.txt', 'one\n');
    expect(await errorOf(linesOf(path, AbortSignal.abort()))).toMatchObject({
      code: 'FARZI_INTERRUPTED',
      message: `Interrupted while reading ${path}.`,
    });
  });
});
