import { describe, expect, it } from 'vitest';
import { bytesOfEvents } from '../../data/event-bytes.js';
import { RandomStream } from '../../random/stream.js';
import { countWithin } from './equal-bytes.js';

const VOCABULARY = 500;
const stream = new RandomStream(1, 'equal bytes');
const sequences = Array.from({ length: 41 }, () => Int32Array.from({ length: 5 + stream.integer(30) }, () => stream.integer(VOCABULARY)));
const bytesOf = async (count: number): Promise<number> => (await bytesOfEvents(sequences.slice(0, count), VOCABULARY)).brotli;

describe('the number of sequences within some bytes', () => {
  it.each([1, 2, 3, 8, 31, 32, 33, 40, 41])('is %i where so many fit, and no more', async (count) => {
    expect(await countWithin(await bytesOf(count), sequences, VOCABULARY)).toBe(count);
    if (count > 1) expect(await countWithin((await bytesOf(count)) - 1, sequences, VOCABULARY)).toBe(count - 1);
  });

  it('is that of all where all fit', async () => {
    expect(await countWithin(1e6, sequences, VOCABULARY)).toBe(41);
    expect(await countWithin(1e6, sequences.slice(0, 1), VOCABULARY)).toBe(1);
  });

  it('is 1 where not even one fits', async () => {
    expect(await countWithin(3, sequences, VOCABULARY)).toBe(1);
  });
});
