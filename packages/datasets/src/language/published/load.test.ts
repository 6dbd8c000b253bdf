import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contextWith, temporaryFolder } from '../../../test/support/files.js';
import { errorOf } from '../../../test/support/rejection.js';
import { serve } from '../../../test/support/server.js';
import { zipOf } from '../../../test/support/zip.js';
import type { TextOptions } from '../options.js';
import type { DownloadedCorpus } from './edition.js';
import { mobyDickCorpus, ptb, shakespeare, wikitext2Corpus } from './editions.js';
import { loadBundled, loadPublished } from './load.js';

const options: TextOptions = { tokenizer: 'word', lowercase: false, minimumCount: 1 };
const texts = { 'ptb.train.txt': ' a b \n a \n', 'ptb.valid.txt': ' b \n', 'ptb.test.txt': ' a c \n' };

/** What {@link texts} count under other names. */
function tinyFiles(train: string, validation: string, test: string): DownloadedCorpus['files'] {
  return {
    train: { file: train, lines: 2, words: 3 },
    validation: { file: validation, lines: 1, words: 1 },
    test: { file: test, lines: 1, words: 2 },
  };
}

/** Penn Treebank with six words. */
const tinyTreebank: DownloadedCorpus = {
  ...ptb,
  files: tinyFiles('ptb.train.txt', 'ptb.valid.txt', 'ptb.test.txt'),
};

async function homeWith(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  const home = await temporaryFolder();
  await mkdir(join(home, folder), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(home, folder, name), content);
  return home;
}

function load(corpus: DownloadedCorpus, home: string) {
  return loadPublished(corpus, join(home, 'cache'), options, contextWith({ dataDirectories: [home] }));
}

describe('loadPublished', () => {
  it.each(['ptb', '.'])('reads %s of a data directory before anything else', async (folder) => {
    const data = await load(tinyTreebank, await homeWith(folder, texts));
    expect(data.vocabulary).toEqual(['a', '<eos>', 'b', '<unk>']);
    expect(data.train).toEqual([Int32Array.of(0, 2, 1, 0, 1)]);
    expect(data.protocol).toMatch(/^Penn Treebank \(Mikolov's preprocessing\): .*; the published split: 5 training/);
  });

  it('downloads files one by one where no data directory has them, then reads the cache', async () => {
    const url = await serve((request, response) => response.end(texts[request.url?.slice(1) as keyof typeof texts]));
    const files = Object.entries(texts).map(([name, content]) => ({
      name,
      url: `${url}/${name}`,
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    }));
    const corpus = { ...tinyTreebank, publication: { title: 'Penn Treebank', folder: 'ptb', terms: 'None.', files } };
    const messages: string[] = [];
    const context = contextWith({ progress: (message) => messages.push(message) });
    const cache = await temporaryFolder();
    expect((await loadPublished(corpus, cache, options, context)).events).toBe(5);
    expect(messages[0]).toContain('Downloading Penn Treebank (0.0 MB)');
    messages.length = 0;
    await loadPublished(corpus, cache, options, context);
    expect(messages).toHaveLength(3);
    expect(messages[0]).toMatch(/^Reading .*ptb\.train\.txt$/);
  });

  it('unpacks an archive', async () => {
    const contents = Object.values(texts);
    const names = ['wiki.train.tokens', 'wiki.valid.tokens', 'wiki.test.tokens'] as const;
    const zip = zipOf(names.map((name, index) => ({ name: `wikitext-2/${name}`, content: contents[index] ?? '' })));
    const url = `${await serve((_request, response) => response.end(zip))}/wikitext-2-v1.zip`;
    const sha256 = createHash('sha256').update(zip).digest('hex');
    const corpus: DownloadedCorpus = {
      ...wikitext2Corpus,
      files: tinyFiles(...names),
      publication: { ...wikitext2Corpus.publication, url, bytes: zip.length, sha256 },
    };
    expect((await loadPublished(corpus, await temporaryFolder(), options, contextWith())).events).toBe(5);
  });

  it('splits one file by position', async () => {
    const input = 'one two three four five six seven eight nine ten '.repeat(4);
    const corpus: DownloadedCorpus = {
      ...shakespeare,
      files: { all: { file: 'input.txt', lines: 0, words: 40 }, heldOut: { validationFraction: 0.1, testFraction: 0.1 } },
    };
    const data = await load(corpus, await homeWith('tinyshakespeare', { 'input.txt': input }));
    expect([data.train, data.validation, data.test].map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(data.protocol).toContain('split by position, the last 10% of the characters for test');
  });

  it('refuses another text under the same name', async () => {
    const home = await homeWith('ptb', texts);
    expect(await errorOf(load(ptb, home))).toEqual({
      code: 'FARZI_DATA_CHECKSUM',
      message: `The file ${join(home, 'ptb', 'ptb.train.txt')} is not that of Penn Treebank (Mikolov's preprocessing): it holds 2 lines of 3 words instead of 42,068 lines of 887,521 words.`,
      hint: 'The file is incomplete or of another edition. To use it as it is, choose the dataset `text` and give its path.',
    });
  });

  it('refuses a folder without one of the splits', async () => {
    const { 'ptb.test.txt': _, ...others } = texts;
    const home = await homeWith('ptb', others);
    expect(await errorOf(load(tinyTreebank, home))).toEqual({
      code: 'FARZI_DATA_MISSING_SPLIT',
      message: `The folder ${join(home, 'ptb')} holds other files of Penn Treebank (Mikolov's preprocessing), but no ptb.test.txt.`,
      hint: 'Fetch the files again: they are incomplete.',
    });
  });

  it.each([
    ['ptb.train.txt', 'FARZI_DATA_EMPTY'],
    ['ptb.valid.txt', 'FARZI_DATA_MISSING_SPLIT'],
  ])('refuses an empty %s', async (name, code) => {
    expect(await errorOf(load(tinyTreebank, await homeWith('ptb', { ...texts, [name]: '' })))).toMatchObject({ code });
  });
});

describe('loadBundled', () => {
  it('says that the installation is incomplete when the file is gone', async () => {
    const folder = await temporaryFolder();
    expect(await errorOf(loadBundled(mobyDickCorpus, folder, options, contextWith()))).toEqual({
      code: 'FARZI_DATA_NOT_FOUND',
      message: `Cannot find the bundled Moby Dick.\n${join(folder, 'moby-dick.txt.gz')}: Nothing is there.`,
      hint: 'The installation of @farzi/datasets is incomplete: install it again.',
    });
  });
});
