import { describe, expect, it } from 'vitest';
import type { Dataset } from '@farzi/core';
import plugin, { interactions, movielens100k, movielensSmall2016 } from '../src/index.js';
import { contextWith } from './support/files.js';

const home = process.env['FARZI_DATA_HOME'];
const context = contextWith({ dataDirectories: home === undefined ? [] : [home], configDirectory: home ?? '.' });
const unfiltered = { minimumUserEvents: 3, minimumItemEvents: 1, dropRepeats: false };

/** What must hold of any recommendation dataset. */
function requireSound(data: Dataset): void {
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

describe('the plugin', () => {
  it('contributes its datasets and metrics', () => {
    expect(plugin.datasets?.map(({ id }) => id)).toEqual(['movielens-small-2016', 'ml-100k', 'ml-1m', 'ml-latest-small', 'interactions']);
    expect(plugin.metrics?.map(({ id }) => id)).toEqual(['hr', 'ndcg', 'mrr']);
  });
});

describe('movielens-small-2016', () => {
  it('holds what its publisher says, with titles and years', async () => {
    const data = await movielensSmall2016.load(unfiltered, contextWith());
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

describe('data that cannot be shipped', () => {
  it.skipIf(home === undefined)('ml-100k has the published counts and Latin-1 titles (needs FARZI_DATA_HOME)', async () => {
    const data = await movielens100k.load(unfiltered, context);
    requireSound(data);
    expect([data.events, data.sequences, data.vocabulary.length]).toEqual([100_000, 943, 1_682]);
    expect(data.titles).toContain('Misérables, Les (1995)');
  });

  it.skipIf(home === undefined)('Amazon Beauty reads as sequences (needs FARZI_DATA_HOME)', async () => {
    const data = await interactions.load({ ...unfiltered, path: 'amazon-beauty/Beauty.txt', format: 'sequences', header: true }, context);
    requireSound(data);
    expect([data.sequences, data.vocabulary.length, data.events]).toEqual([22_363, 12_101, 198_502]);
  });

  it.skipIf(home === undefined)('Amazon Magazine reads as CSV without header, item first (needs FARZI_DATA_HOME)', async () => {
    const columns = { user: 1, item: 0, timestamp: 3 };
    const data = await interactions.load(
      { ...unfiltered, path: 'amazon-magazine/Magazine_Subscriptions.csv', header: false, columns },
      context,
    );
    requireSound(data);
    expect([data.sequences, data.vocabulary.length, data.events]).toEqual([3_092, 1_305, 12_689]);
  });
});
