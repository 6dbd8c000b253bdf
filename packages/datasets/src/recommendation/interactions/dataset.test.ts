import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { contextWith, temporaryFolder } from '../../../test/support/files.js';
import { errorOf } from '../../../test/support/rejection.js';
import { interactions } from './dataset.js';
import { guessFormat } from './format.js';

const defaults = {
  header: true,
  encoding: 'utf8',
  minimumUserEvents: 3,
  minimumItemEvents: 1,
  dropRepeats: false,
  validationEvents: 1,
  testEvents: 1,
} as const;

async function load(name: string, content: string | Uint8Array, options: Partial<Parameters<typeof interactions.load>[0]> = {}) {
  const configDirectory = await temporaryFolder();
  await writeFile(join(configDirectory, name), content);
  const data = await interactions.load({ ...defaults, path: name, ...options }, contextWith({ configDirectory }));
  return data.test.map(({ tokens }) => [...tokens].map((token) => data.vocabulary[token]));
}

describe('interactions', () => {
  it.each([
    ['a.csv', 'user_id,item_id,timestamp\nu,a,3\nu,b,1\nu,c,2\n'],
    ['a.tsv', 'user\titem\ttime\nu\ta\t3\nu\tb\t1\nu\tc\t2\n'],
    ['a.inter', 'user_id:token\titem_id:token\trating:float\ttimestamp:float\nu\ta\t5\t3\nu\tb\t5\t1\nu\tc\t5\t2\n'],
    ['a.csv.gz', gzipSync('userId,movieId,timestamp\nu,a,3\nu,b,1\nu,c,2\n')],
  ])('reads %s in time order', async (name, content) => {
    expect(await load(name, content)).toEqual([['b', 'c', 'a']]);
  });

  it('reads sequences, whose order is theirs', async () => {
    expect(await load('a.txt', 'u a b c\nv c c a b\n', { format: 'sequences' })).toEqual([
      ['a', 'b', 'c'],
      ['c', 'c', 'a', 'b'],
    ]);
  });

  it('reads a file without header, in the order of the file when no timestamp is chosen', async () => {
    const content = 'a;u;3\r\nb;u;1\r\nc;u;2\r\n';
    expect(await load('a.csv', content, { delimiter: ';', header: false, columns: { user: 1, item: 0 } })).toEqual([['a', 'b', 'c']]);
    expect(await load('a.csv', content, { delimiter: ';', header: false, columns: { user: 1, item: 0, timestamp: 2 } })).toEqual([
      ['b', 'c', 'a'],
    ]);
  });

  it('finds the file in a data directory', async () => {
    const dataDirectory = await temporaryFolder();
    await writeFile(join(dataDirectory, 'a.csv'), 'user,item\nu,a\nu,b\nu,c\n');
    const context = contextWith({ dataDirectories: [dataDirectory] });
    const data = await interactions.load({ ...defaults, path: 'a.csv' }, context);
    expect(data.events).toBe(3);
    expect('licence' in data).toBe(false);
    expect(await interactions.load({ ...defaults, path: 'a.csv', licence: 'Ours.' }, context)).toEqual({ ...data, licence: 'Ours.' });
  });
});

/** Sixteen Latin-1 names of one user, each with another letter behind; all of them were one item when read as UTF-8. */
const names = Array.from({ length: 16 }, (_, index) => Buffer.of(0xe0 + index));
const rowsOf = (header: string, before: string): Buffer =>
  Buffer.concat([Buffer.from(header), ...names.flatMap((name) => [Buffer.from(before), name, Buffer.from('\n')])]);

describe('Latin-1', () => {
  it.each([
    ['a.csv', rowsOf('user,item\n', 'u,')],
    ['a.tsv', rowsOf('user\titem\n', 'u\t')],
    ['a.inter', rowsOf('user:token\titem:token\n', 'u\t')],
    ['a.sequences', rowsOf('v x y z\n', 'u ')],
  ])('in %s is refused with its place, and read when told to', async (file, content) => {
    const error = await errorOf(load(file, content));
    const offset = content.indexOf(0xe0);
    expect(error.code).toBe('FARZI_DATA_ENCODING');
    expect(error.message).toMatch(new RegExp(`^Line 2 of .*${file} is not UTF-8: byte 0xe0 at offset ${offset} starts no character\\.$`));
    const items = (await load(file, content, { encoding: 'latin1' })).at(-1);
    expect(items).toEqual(names.map((name) => name.toString('latin1')));
  });

  it('is found in compressed files too, wherever chunks end', async () => {
    const rows = Buffer.from(`user,item\n${'u,é\n'.repeat(100_000)}`);
    const content = gzipSync(Buffer.concat([rows, Buffer.of(0x75, 0x2c, 0xc3)]));
    expect(await errorOf(load('a.csv.gz', content))).toMatchObject({
      code: 'FARZI_DATA_ENCODING',
      message: expect.stringMatching(
        /^Line 100002 of .*a\.csv\.gz is not UTF-8: byte 0xc3 at offset 500,012 of the decompressed file starts no character\.$/,
      ),
    });
  });
});

describe('interactions refuses', () => {
  it('a missing file, listing the places it looked in', async () => {
    const [configDirectory, dataDirectory] = [await temporaryFolder(), await temporaryFolder()];
    const error = await errorOf(
      interactions.load({ ...defaults, path: 'gone.csv' }, contextWith({ configDirectory, dataDirectories: [dataDirectory] })),
    );
    expect(error).toEqual({
      code: 'FARZI_DATA_NOT_FOUND',
      message: `Cannot find gone.csv.\n${join(configDirectory, 'gone.csv')}: Nothing is there.\n${join(dataDirectory, 'gone.csv')}: Nothing is there.`,
      hint: 'Give a path relative to the configuration file, or name the folder that holds it with --data-dir or FARZI_DATA_HOME.',
    });
  });

  it('an empty file', async () => {
    expect(await errorOf(load('a.csv', ''))).toMatchObject({ code: 'FARZI_DATA_EMPTY' });
    expect(await errorOf(load('a.csv', 'user,item\n'))).toMatchObject({ code: 'FARZI_DATA_EMPTY' });
  });

  it('to guess the format of a name that tells nothing', async () => {
    expect(await errorOf(load('a.txt', 'u a b c\n'))).toMatchObject({
      code: 'FARZI_CONFIG_INVALID',
      message: expect.stringMatching(/^Cannot tell the format of .*a\.txt from its name\.$/),
      hint: 'Set format to one of csv, tsv, inter, sequences. Lines of `user item item ...` are sequences; lines with one event are csv, or tsv with tabs.',
    });
  });
});

describe('guessFormat', () => {
  it.each([
    ['a.csv', 'csv'],
    ['A.CSV.GZ', 'csv'],
    ['a.b.tsv', 'tsv'],
    ['ml-100k.inter', 'inter'],
    ['a.sequences', 'sequences'],
  ])('takes %s for %s', (path, format) => {
    expect(guessFormat(path)).toBe(format);
  });
});
