import { brotliCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../random/stream.js';
import { bytesOfEvents, eventsAsBytes } from './event-bytes.js';

/** Reads sequences again, as the documentation of their bytes says. */
function read(bytes: Uint8Array): number[][] {
  let at = 0;
  const next = (): number => {
    let number = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++] ?? Number.NaN;
      number += (byte % 128) * factor;
      if (byte < 128) return number;
    }
  };
  const lengths = Array.from({ length: next() }, next);
  const sequences = lengths.map((length) => Array.from({ length }, next));
  expect(at).toBe(bytes.length);
  return sequences;
}

describe('sequences as bytes', () => {
  const stream = new RandomStream(1, 'events');
  const drawn = (vocabulary: number): Int32Array[] =>
    [0, 1, 7, 300].map((length) => Int32Array.from({ length }, () => stream.integer(vocabulary)));

  it.each([2, 128, 129, 1682, 100_000, 2 ** 31 - 1])('can be read again, with a vocabulary of %i', (vocabulary) => {
    const sequences = [...drawn(vocabulary), Int32Array.of(0, vocabulary - 1)];
    expect(read(eventsAsBytes(sequences))).toEqual(sequences.map((sequence) => [...sequence]));
  });

  it('are none but a count where there are no sequences', () => {
    expect(eventsAsBytes([])).toEqual(Uint8Array.of(0));
  });
});

describe('bytes of events', () => {
  const users = Array.from({ length: 40 }, (_, user) => Int32Array.from({ length: 30 }, (_event, step) => (user + step) % 100));

  it('are the bits that tell the vocabulary apart, in whole bytes', async () => {
    const idsOf = async (events: number, vocabulary: number): Promise<number> =>
      (await bytesOfEvents([new Int32Array(events)], vocabulary)).ids;
    expect(await Promise.all([idsOf(8, 2), idsOf(9, 2), idsOf(8, 128), idsOf(8, 129), idsOf(1000, 1682)])).toEqual([1, 2, 7, 8, 1375]);
  });

  it('are those of brotli at its best level', async () => {
    const { brotli, ids } = await bytesOfEvents(users, 100);
    expect(ids).toBe(1050);
    expect(brotli).toBeLessThan(300);
    // what Node compresses to unasked has the best level, too, and a smaller window
    expect(brotli).toBe(brotliCompressSync(eventsAsBytes(users)).length);
  });

  it('count lengths, which are not there in ids', async () => {
    const stream = new RandomStream(1, 'lengths');
    const cut = Array.from({ length: 200 }, () => new Int32Array(stream.integer(100)));
    const joined = [new Int32Array(cut.reduce((sum, { length }) => sum + length, 0))];
    const [parts, whole] = [await bytesOfEvents(cut, 100), await bytesOfEvents(joined, 100)];
    expect(parts.ids).toBe(whole.ids);
    // 200 random numbers below 100 hold 166 bytes
    expect(parts.brotli - whole.brotli).toBeGreaterThan(150);
  });
});
