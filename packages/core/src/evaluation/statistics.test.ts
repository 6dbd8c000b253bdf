import { describe, expect, it } from 'vitest';
import { meanAndDeviation } from './statistics.js';

describe('meanAndDeviation', () => {
  it('is the mean and the sample standard deviation', () => {
    expect(meanAndDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, deviation: Math.sqrt(32 / 7) });
    expect(meanAndDeviation([3])).toEqual({ mean: 3, deviation: 0 });
    expect(meanAndDeviation([])).toEqual({ mean: 0, deviation: 0 });
  });
});
