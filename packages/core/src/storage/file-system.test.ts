import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
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
