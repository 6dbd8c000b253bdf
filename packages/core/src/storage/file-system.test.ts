import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { filesIn, temporaryFolder } from '../../test/toy-experiment.js';
import { makeFolders, readTextIfThere } from './file-system.js';
import { writeWhole } from './write-whole.js';

const path = temporaryFolder();

describe('folders', () => {
  it('are made with those above them', async () => {
    expect(await makeFolders(path('a', 'b', 'c'))).toEqual([path('a'), path('a', 'b'), path('a', 'b', 'c')]);
    expect(await makeFolders(path('a', 'b', 'd'))).toEqual([path('a', 'b', 'd')]);
    expect(await makeFolders(path('a', 'b'))).toEqual([]);
  });

  it('are made by two at almost the same time, in a folder that is missing', async () => {
    for (let round = 0; round < 400; round++) {
      const at = (name: string): Promise<string[]> => makeFolders(path(`round ${round}`, name));
      const first = at('a');
      // some turns of the event loop later, so that the other may be between any two of its steps
      for (let turn = 0; turn < round % 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect((await Promise.all([first, at('b')])).map((folders) => folders.at(-1))).toEqual([
        path(`round ${round}`, 'a'),
        path(`round ${round}`, 'b'),
      ]);
    }
  });

  it('that stand behind a link are there', async () => {
    await mkdir(path('real'));
    await symlink(path('real'), path('link'));
    expect(await makeFolders(path('link'))).toEqual([]);
  });

  // Node's own mkdir with `recursive` never returns there
  it.skipIf(process.platform !== 'linux')('that cannot be made where nothing is missing are refused at once', async () => {
    expect(await errorOf(() => makeFolders('/proc/farzi/run'))).toMatchObject({
      code: 'FARZI_FILE_SYSTEM',
      message: 'Cannot make /proc/farzi/run: no such file or directory (ENOENT).',
      hint: expect.stringMatching(/^A folder of the path cannot be made/) as string,
    });
  });
});

describe('a file that is written in parts', () => {
  it('holds them one after the other', async () => {
    await writeWhole(path('parts'), ['a', Uint8Array.of(98), 'ö']);
    expect(await readFile(path('parts'), 'utf8')).toBe('abö');
  });

  it('stays as it was where a part cannot be made', async () => {
    await writeWhole(path('kept'), 'old');
    const parts = function* (): Generator<string> {
      yield 'new';
      throw new Error('no more');
    };
    expect(await errorOf(() => writeWhole(path('kept'), parts()))).toMatchObject({ message: 'no more' });
    expect(await readFile(path('kept'), 'utf8')).toBe('old');
    expect((await readdir(path())).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('an error of the file system', () => {
  const refused = async (place: string): Promise<unknown> => errorOf(() => writeWhole(path(place), 'text'));

  it('names the path, what is wrong with it and what to do', async () => {
    await writeFile(path('file'), 'mine');
    expect(await refused('file/below')).toMatchObject({
      code: 'FARZI_FILE_SYSTEM',
      message: `Cannot make ${path('file')}: file already exists (EEXIST).`,
      hint: 'Something else has that name, such as a file or a link to nothing: move it away, or give another path.',
    });
    expect(await refused('file/below/deep')).toMatchObject({ message: expect.stringContaining('(ENOTDIR).') as string });
    expect(await refused('x'.repeat(300))).toMatchObject({ hint: 'Give a shorter path.' });
    await mkdir(path('folder', 'in it'), { recursive: true });
    expect(await refused('folder')).toMatchObject({ message: expect.stringMatching(/\((EISDIR|ENOTEMPTY)\)\.$/) as string });
    await symlink(path('nothing', 'there'), path('dangling'));
    expect(await refused('dangling/file')).toMatchObject({
      code: 'FARZI_FILE_SYSTEM',
      message: expect.stringContaining(path('dangling')) as string,
    });
    expect(await errorOf(() => readTextIfThere(path('folder')))).toMatchObject({
      code: 'FARZI_FILE_SYSTEM',
      message: `Cannot read ${path('folder')}: illegal operation on a directory (EISDIR).`,
    });
    expect(await filesIn(path('.'))).toEqual(expect.arrayContaining(['file']));
    expect((await readdir(path())).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  // whoever may do everything is refused nothing
  it.skipIf(process.getuid?.() === 0)('says when rights are missing', async () => {
    await mkdir(path('closed'), { mode: 0o500 });
    expect(await refused('closed/file')).toMatchObject({
      code: 'FARZI_FILE_SYSTEM',
      message: expect.stringContaining('(EACCES).') as string,
    });
    await chmod(path('closed'), 0o700);
  });

  it('leaves what is missing to whoever asks', async () => {
    expect(await readTextIfThere(path('nothing'))).toBeUndefined();
  });
});
