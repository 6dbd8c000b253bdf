import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { checkDataset } from '@farzi/core/testing';
import { describe, expect, it } from 'vitest';
import { contextWith, temporaryFolder } from '../../../test/support/files.js';
import { errorOf } from '../../../test/support/rejection.js';
import { text } from './dataset.js';

type TextOptions = Parameters<typeof text.load>[0];

const defaults = {
  validationFraction: 0.05,
  testFraction: 0.05,
  pretokenized: true,
  encoding: 'utf8',
  tokenizer: 'word',
  lowercase: false,
  minimumCount: 1,
} as const satisfies Partial<TextOptions>;

async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** The texts of the splits, read back from the tokens. */
async function load(configDirectory: string, options: Partial<TextOptions> & { readonly path: string }) {
  const data = await text.load({ ...defaults, ...options }, contextWith({ configDirectory }));
  checkDataset(data);
  const decode = (tokens: Int32Array): string | undefined => data.tokenizer?.decode(tokens);
  return {
    train: data.train.map(decode),
    validation: data.validation.map(({ tokens }) => decode(tokens.subarray(1))),
    test: data.test.map(({ tokens }) => decode(tokens.subarray(1))),
    protocol: data.protocol,
  };
}

const splits = { 'train.txt': 'a b\n', 'valid.txt': 'a\n', 'test.txt': 'b\n' };
const found = { train: ['a b\n'], validation: ['a\n'], test: ['b\n'] };

describe('text', () => {
  it('splits a file by position', async () => {
    const folder = await folderWith({ 'a.txt': `${'a b c d '.repeat(10)}e f g h i j k l m n ` });
    const data = await load(folder, { path: 'a.txt', validationFraction: 0.1, testFraction: 0.1 });
    expect(data.validation).toHaveLength(1);
    expect(data.train[0]).toBe(`${'a b c d '.repeat(10)}\n`.replace(' \n', '\n'));
    expect(data.protocol).toMatch(
      /^a\.txt: .*split by position, the last 10% of the characters for test and the 10% before for validation/,
    );
  });

  it('takes each file of a folder for a document, by name, and leaves out hidden files and folders', async () => {
    const words = 'a b '.repeat(50);
    const folder = await folderWith({ 'd/b.txt': words, 'd/a.txt.gz': gzipSync('first a\n'), 'd/.hidden': '\xFF', 'd/more/c.txt': 'c' });
    const { train } = await load(folder, { path: 'd' });
    expect(train).toHaveLength(2);
    expect(train[0]).toBe('first a\n');
  });

  it.each([
    ['train.txt, valid.txt and test.txt', splits],
    [
      'names with a prefix and in other styles',
      { 'wiki.train.tokens': 'a b\n', 'wiki.VALIDATION.raw': 'a\n', 'wiki.test.txt.gz': gzipSync('b\n') },
    ],
    ['beside files for none of them', { ...splits, 'README.txt': 'nothing', 'latest.txt': 'nothing' }],
  ])('uses a folder by names: %s', async (_name, files) => {
    expect(await load(await folderWith(files), { path: '.' })).toMatchObject(found);
  });

  it('uses given validation and test texts, files or folders', async () => {
    const folder = await folderWith({ 'a.txt': 'a b\n', 'v/1.txt': 'a\n', 't.txt': 'b\n' });
    expect(await load(folder, { path: 'a.txt', validation: 'v', test: 't.txt' })).toMatchObject(found);
  });

  it('does not train on the test text of a folder when both held-out texts are given', async () => {
    const folder = await folderWith({ 'd/train.txt': 'a b\n', 'd/test.txt': 'b\n', 'v.txt': 'a\n' });
    expect(await load(folder, { path: 'd', validation: 'v.txt', test: 'd/test.txt' })).toMatchObject(found);
  });

  it('takes a test.txt without a train.txt for a document like others', async () => {
    const folder = await folderWith({ 'd/a.txt': 'a b '.repeat(50), 'd/test.txt': 'a b '.repeat(50) });
    expect((await load(folder, { path: 'd' })).train).toHaveLength(2);
  });

  it('cuts raw text unless told that it is pre-tokenized', async () => {
    const folder = await folderWith({ 'train.txt': 'Ahab, Ahab!', 'valid.txt': 'Ahab', 'test.txt': 'Ahab' });
    const data = await text.load({ ...defaults, path: '.', pretokenized: false }, contextWith({ configDirectory: folder }));
    expect(data.vocabulary).toEqual(['Ahab', ',', '!', '<eos>', '<unk>']);
  });
});

describe('text refuses', () => {
  async function refusal(files: Readonly<Record<string, string | Uint8Array>>, options: Partial<TextOptions> & { readonly path: string }) {
    const folder = await folderWith(files);
    return { folder, error: await errorOf(load(folder, options)) };
  }

  it.each([
    ['validation', { validation: 'valid.txt' }, 'test'],
    ['test', { test: 'test.txt' }, 'validation'],
  ])('a path for %s alone', async (given, options, missing) => {
    const { error } = await refusal(splits, { path: 'train.txt', ...options });
    expect(error).toEqual({
      code: 'FARZI_DATA_MISSING_SPLIT',
      message: `There is no ${missing} text: ${given} is "${Object.values(options)[0]}", but ${missing} is not set.`,
      hint: `Set ${missing} too, or leave both out to split path by position.`,
    });
  });

  it.each([
    ['validation', 'valid.txt'],
    ['test', 'test.txt'],
  ])('a folder with a training text and no %s text', async (split, name) => {
    const files = Object.fromEntries(Object.entries(splits).filter(([file]) => file !== name));
    const { error, folder } = await refusal(files, { path: '.' });
    expect(error).toEqual({
      code: 'FARZI_DATA_MISSING_SPLIT',
      message: `${folder} holds training text by its file names, but no ${split} text.`,
      hint: `Add a file ${name}, or give the training file itself as path to split it by position.`,
    });
  });

  it('a text too short to be split', async () => {
    const { error, folder } = await refusal({ 'a.txt': 'a b c' }, { path: 'a.txt' });
    expect(error).toEqual({
      code: 'FARZI_DATA_MISSING_SPLIT',
      message: `${join(folder, 'a.txt')} has no validation text.`,
      hint: 'The text is too short for validationFraction and testFraction: raise them, or give the paths validation and test.',
    });
  });

  it('an empty split of its own', async () => {
    const { error, folder } = await refusal({ ...splits, 'test.txt': '' }, { path: '.' });
    expect(error).toEqual({
      code: 'FARZI_DATA_MISSING_SPLIT',
      message: `${folder} has no test text.`,
      hint: 'The files of that split are empty: put text in them.',
    });
  });

  it.each([
    ['file', { 'a.txt': '' }, 'a.txt'],
    ['folder', { 'd/.hidden': '' }, 'd'],
  ])('an empty %s', async (_what, files: Record<string, string>, path) => {
    const { error, folder } = await refusal(files, { path });
    expect(error).toEqual({
      code: 'FARZI_DATA_EMPTY',
      message: `${join(folder, path)} holds no text.`,
      hint: 'Check that the path is right and that the file is complete.',
    });
  });

  it('a file of a folder that is not UTF-8', async () => {
    const { error, folder } = await refusal({ 'd/a.txt': 'a', 'd/b.txt': Buffer.from('caf\xE9', 'latin1') }, { path: 'd' });
    expect(error).toMatchObject({
      code: 'FARZI_DATA_ENCODING',
      message: `Line 1 of ${join(folder, 'd', 'b.txt')} is not UTF-8: byte 0xe9 at offset 3 starts no character.`,
    });
  });

  it('a path where nothing is, listing the places', async () => {
    const { error, folder } = await refusal({}, { path: 'gone.txt' });
    expect(error).toMatchObject({
      code: 'FARZI_DATA_NOT_FOUND',
      message: `Cannot find gone.txt. Looked in:\n  ${join(folder, 'gone.txt')}`,
    });
  });

  it('to go on after an interruption', async () => {
    const configDirectory = await folderWith(splits);
    const context = { ...contextWith({ configDirectory }), signal: AbortSignal.abort() };
    expect(await errorOf(text.load({ ...defaults, path: '.' }, context))).toMatchObject({ code: 'FARZI_INTERRUPTED' });
  });
});
