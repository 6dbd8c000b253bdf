import { describe, expect, it } from 'vitest';
import { rankOf, seenBefore } from './ranking.js';

describe('ranks', () => {
  it('a target whose score is NaN has none, so that no metric can take it for the best', () => {
    expect(rankOf({ better: 0, equal: 0, seenBetter: 0, seenEqual: 0 })).toBeNaN();
  });
});

describe('what was seen before a target', () => {
  it('is told once, without the target itself and without what follows', () => {
    expect(seenBefore({ tokens: Int32Array.of(3, 1, 3, 2, 1, 5), firstTarget: 4 }, 4).sort((a, b) => a - b)).toEqual([2, 3]);
  });
});
