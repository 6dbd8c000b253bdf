import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '@farzi/core';
import { checkDataset } from '@farzi/core/testing';
import plugin, { interactions, mobyDick, movielens100k, movielensSmall2016, pennTreebank, text, tinyShakespeare } from '../src/index.js';
import { contextWith } from './support/files.js';

const home = process.env['FARZI_DATA_HOME'];
const context = contextWith({ dataDirectories: home === undefined ? [] : [home], configDirectory: home ?? '.' });
const uncut = { lowercase: false, minimumCount: 1 } as const;
const unfiltered = { minimumUserEvents: 3, minimumItemEvents: 1, dropRepeats: false, validationEvents: 1, testEvents: 1 };

/** What must hold of any recommendation dataset. */
function requireSound(data: Dataset): void {
  checkDataset(data);
  const { length } = data.vocabulary;
  expect(new Set(data.vocabulary).size).toBe(length);
  expect([data.train.length, data.validation.length, data.test.length]).toEqual(Array(3).fill(data.sequences));
  const seen = new Uint8Array(length);
  let events = 0;
  for (const { tokens } of data.test) {
    events += tokens.length;
    for (const token of tokens) seen[token] = 1;
  }
  expect(events).toBe(data.events);
  // Every token occurs, and none is beyond the vocabulary (a write there is lost).
  expect(seen.every((mark) => mark === 1)).toBe(true);
}

/** What must hold of any language dataset whose held-out texts have a token before their first. */
function requireSoundText(data: Dataset): void {
  checkDataset(data);
  expect(data.events).toBe(data.train.reduce((sum, { length }) => sum + length, 0));
  expect(data.sequences).toBe(data.train.length);
  // Every token but <unk> occurs in training: none came from elsewhere.
  const seen = new Set(data.train.flatMap((tokens) => [...new Set(tokens)]));
  const unseen = data.vocabulary.filter((_, token) => !seen.has(token) && token !== data.tokenizer?.unknown);
  expect(unseen).toEqual([]);
  const restored = plugin.datasets?.find(({ id }) => id === data.id)?.restoreTokenizer?.(data.tokenizer?.saved, data.vocabulary);
  const [test] = data.test;
  const sample = data.tokenizer?.decode(test?.tokens.subarray(1, 500) ?? []) ?? '';
  expect(sample).not.toBe('');
  expect(restored?.encode(sample)).toEqual(data.tokenizer?.encode(sample));
}

/** How many tokens of each split are predicted or learned from. */
function tokensOf({ train, validation, test }: Dataset): number[] {
  const targets = (cases: Dataset['test']): number => cases.reduce((sum, { tokens, firstTarget }) => sum + tokens.length - firstTarget, 0);
  return [train.reduce((sum, { length }) => sum + length, 0), targets(validation), targets(test)];
}

describe('the plugin', () => {
  it('contributes its datasets', () => {
    expect(plugin.datasets?.map(({ id, task }) => `${task} ${id}`)).toEqual([
      'recommendation movielens-small-2016',
      'recommendation ml-100k',
      'recommendation ml-1m',
      'recommendation ml-latest-small',
      'recommendation interactions',
      'language moby-dick',
      'language penn-treebank',
      'language wikitext-2',
      'language tiny-shakespeare',
      'language text',
    ]);
  });
});

describe('movielens-small-2016', () => {
  it('holds what its publisher says, with titles and years', async () => {
    const data = await movielensSmall2016.load(unfiltered, contextWith());
    expect(data.licence).toMatch(/^Its terms: research/);
    requireSound(data);
    expect([data.events, data.sequences, data.vocabulary.length]).toEqual([100_004, 671, 9_066]);
    expect(data.titles?.[data.vocabulary.indexOf('1')]).toBe('Toy Story (1995)');
    expect(data.titles?.[data.vocabulary.indexOf('29')]).toBe('City of Lost Children, The (Cité des enfants perdus, La) (1995)');
    expect(data.titles).toHaveLength(9_066);
  });

  it('gives the same tokens every time', async () => {
    const [first, second] = [
      await movielensSmall2016.load(unfiltered, contextWith()),
      await movielensSmall2016.load(unfiltered, contextWith()),
    ];
    expect(second).toEqual(first);
  });

  it('filters to its 5-core', async () => {
    const data = await movielensSmall2016.load({ ...unfiltered, minimumUserEvents: 5, minimumItemEvents: 5 }, contextWith());
    requireSound(data);
    const counts = new Map<number, number>();
    for (const { tokens } of data.test) for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
    expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(5);
    expect(Math.min(...data.test.map(({ tokens }) => tokens.length))).toBeGreaterThanOrEqual(5);
  });
});

describe('moby-dick', () => {
  it.each([
    ['word', [234_872, 13_856, 13_582], 18_477],
    ['character', [1_095_656, 60_873, 60_867], 90],
    ['subword', [264_464, 15_459, 15_268], 15_548],
  ] as const)('reads the whole book as %ss', async (tokenizer, tokens, vocabulary) => {
    const data = await mobyDick.load({ ...uncut, tokenizer }, contextWith());
    expect(data.licence).toBe('The text is in the public domain.');
    requireSoundText(data);
    expect(tokensOf(data)).toEqual(tokens);
    expect(data.vocabulary).toHaveLength(vocabulary);
    expect(data.train).toHaveLength(1);
    expect(data.tokenizer?.decode(data.train[0] ?? [])).toContain('Call me Ishmael.');
  });

  it('counts every character of its test text', async () => {
    const data = await mobyDick.load({ ...uncut, tokenizer: 'character' }, contextWith());
    const [test] = data.test;
    const counted = test?.tokens.subarray(1).reduce((sum, token) => sum + (data.characters?.[token] ?? Number.NaN), 0);
    expect(counted).toBe(60_867);
  });
});

describe('text', () => {
  it('keeps the contract', async () => {
    const path = fileURLToPath(new URL('../README.md', import.meta.url));
    const held = { validationFraction: 0.1, testFraction: 0.1, pretokenized: false, encoding: 'utf8' as const };
    requireSoundText(await text.load({ ...uncut, ...held, path, tokenizer: 'word' }, contextWith()));
  });
});

describe('data that cannot be shipped', () => {
  it.skipIf(home === undefined)('ml-100k has the published counts and Latin-1 titles (needs FARZI_DATA_HOME)', async () => {
    const data = await movielens100k.load(unfiltered, context);
    requireSound(data);
    expect([data.events, data.sequences, data.vocabulary.length]).toEqual([100_000, 943, 1_682]);
    expect(data.titles).toContain('Misérables, Les (1995)');
  });

  it.skipIf(home === undefined)('Amazon Beauty reads as sequences (needs FARZI_DATA_HOME)', async () => {
    const data = await interactions.load(
      { ...unfiltered, path: 'amazon-beauty/Beauty.txt', format: 'sequences', header: true, encoding: 'utf8' },
      context,
    );
    requireSound(data);
    expect([data.sequences, data.vocabulary.length, data.events]).toEqual([22_363, 12_101, 198_502]);
  });

  it.skipIf(home === undefined)('Amazon Magazine reads as CSV without header, item first (needs FARZI_DATA_HOME)', async () => {
    const columns = { user: 1, item: 0, timestamp: 3 };
    const data = await interactions.load(
      { ...unfiltered, path: 'amazon-magazine/Magazine_Subscriptions.csv', header: false, encoding: 'utf8', columns },
      context,
    );
    requireSound(data);
    expect([data.sequences, data.vocabulary.length, data.events]).toEqual([3_092, 1_305, 12_689]);
  });

  it.skipIf(home === undefined)('penn-treebank has the published counts (needs FARZI_DATA_HOME)', async () => {
    const data = await pennTreebank.load({ ...uncut, tokenizer: 'word' }, context);
    requireSoundText(data);
    expect(tokensOf(data)).toEqual([929_589, 73_760, 82_430]);
    expect(data.vocabulary).toHaveLength(10_000);
    expect(data.vocabulary.slice(0, 4)).toEqual(['the', '<unk>', '<eos>', 'N']);
  });

  it.skipIf(home === undefined)('tiny-shakespeare has 65 characters and <unk> (needs FARZI_DATA_HOME)', async () => {
    const data = await tinyShakespeare.load({ ...uncut, tokenizer: 'character' }, context);
    requireSoundText(data);
    expect(tokensOf(data)).toEqual([1_003_856, 55_774, 55_764]);
    expect(data.vocabulary).toHaveLength(66);
  });
});
