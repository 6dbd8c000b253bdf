import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFile, temporaryFolder } from '../../test/support/files.js';
import { errorOf } from '../../test/support/rejection.js';
import { zipOf, type ZipEntry } from '../../test/support/zip.js';
import { unzip } from './unzip.js';

const harmless: ZipEntry = { name: 'set/a.txt', content: 'first' };
const hint = 'Nothing was unpacked. Use an archive from the official address.';

describe('unzip', () => {
  it('unpacks files and folders', async () => {
    const archive = await temporaryFile('a.zip', zipOf([{ name: 'set/' }, harmless, { name: 'set/deep/b.txt', content: 'second' }]));
    const folder = await temporaryFolder();
    await unzip(archive, folder);
    expect(await readFile(join(folder, 'set/a.txt'), 'utf8')).toBe('first');
    expect(await readFile(join(folder, 'set/deep/b.txt'), 'utf8')).toBe('second');
  });
});

describe('unzip refuses', () => {
  const hostile: [what: string, entry: ZipEntry, complaint: string][] = [
    ['a path out of the folder', { name: '../evil.txt' }, 'invalid relative path: ../evil.txt'],
    ['a path out of the folder, further in', { name: 'set/../../evil.txt' }, 'invalid relative path: set/../../evil.txt'],
    ['a path out of the folder with backslashes', { name: '..\\evil.txt' }, 'invalid relative path: ../evil.txt'],
    ['an absolute path', { name: '/etc/evil.txt' }, 'absolute path: /etc/evil.txt'],
    ['a drive', { name: 'C:/evil.txt' }, 'absolute path: C:/evil.txt'],
    ['a symbolic link', { name: 'set/link', content: '/etc', mode: 0o120777 }, 'set/link is a symbolic link'],
    ['a bomb', { name: 'set/bomb', content: '0'.repeat(2000) }, 'its files exceed 1,000 bytes'],
  ];
  it.each(hostile)('%s, and writes nothing', async (_what, entry, complaint) => {
    const archive = await temporaryFile('a.zip', zipOf([harmless, entry]));
    const folder = await temporaryFolder();
    expect(await errorOf(unzip(archive, folder, undefined, { bytes: 1000, entries: 10 }))).toEqual({
      code: 'FARZI_DATA_UNSAFE_ARCHIVE',
      message: `Refused to unpack ${archive}: ${complaint}.`,
      hint,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('too many entries', async () => {
    const archive = await temporaryFile('a.zip', zipOf([harmless, { name: 'b' }, { name: 'c' }]));
    const error = await errorOf(unzip(archive, await temporaryFolder(), undefined, { bytes: 1000, entries: 2 }));
    expect(error).toEqual({
      code: 'FARZI_DATA_UNSAFE_ARCHIVE',
      message: `Refused to unpack ${archive}: it has more than 2 entries.`,
      hint,
    });
  });

  it('an entry that is larger than it claims', async () => {
    const archive = await temporaryFile('a.zip', zipOf([{ name: 'bomb', content: '0'.repeat(100_000), claimedSize: 10 }]));
    const error = await errorOf(unzip(archive, await temporaryFolder()));
    expect(error.code).toBe('FARZI_DATA_UNREADABLE');
    expect(error.message).toContain(`Cannot unpack ${archive}: too many bytes in the stream.`);
  });

  it('two entries of one name', async () => {
    const archive = await temporaryFile('a.zip', zipOf([harmless, { ...harmless, content: 'second' }]));
    expect(await errorOf(unzip(archive, await temporaryFolder()))).toMatchObject({ code: 'FARZI_DATA_UNREADABLE' });
  });

  it('what is not a zip archive', async () => {
    const archive = await temporaryFile('a.zip', 'a page that asks to log in');
    expect(await errorOf(unzip(archive, await temporaryFolder()))).toEqual({
      code: 'FARZI_DATA_UNREADABLE',
      message: `Cannot unpack ${archive}: End of central directory record signature not found. Either not a zip file, or file is truncated.`,
      hint: 'The archive is damaged or incomplete: fetch it again.',
    });
  });

  it('to go on after an interruption', async () => {
    const archive = await temporaryFile('a.zip', zipOf([harmless]));
    expect(await errorOf(unzip(archive, await temporaryFolder(), AbortSignal.abort()))).toMatchObject({ code: 'FARZI_INTERRUPTED' });
  });
});
