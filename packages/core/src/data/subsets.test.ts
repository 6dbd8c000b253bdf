import { describe, expect, it } from 'vitest';
import { RandomStream } from '../random/stream.js';
import { headSequences, randomSequences } from './subsets.js';

const train = [3, 1, 5, 2, 5].map((length, sequence) => Int32Array.from({ length }, (_, at) => 10 * sequence + at));

describe('subsets of the training data', () => {
  it('random sequences are distinct, repeatable, and cut to their last events', () => {
    const drawn = randomSequences(train, 3, 2, new RandomStream(1, 'a'));
    expect(drawn).toHaveLength(3);
    expect(new Set(drawn.map(([first]) => Math.floor((first ?? 0) / 10))).size).toBe(3);
    for (const sequence of drawn) expect([...sequence]).toEqual([...(train[Math.floor((sequence[0] ?? 0) / 10)] ?? [])].slice(-2));
    expect(randomSequences(train, 3, 2, new RandomStream(1, 'a'))).toEqual(drawn);
    expect(randomSequences(train, 9, 2, new RandomStream(1))).toHaveLength(5);
  });

  it('head sequences are the longest, earlier ones first among equals', () => {
    expect(headSequences(train, 3, 4).map((sequence) => [...sequence])).toEqual([
      [21, 22, 23, 24],
      [41, 42, 43, 44],
      [0, 1, 2],
    ]);
    expect(train[0]).toHaveLength(3);
  });
});
