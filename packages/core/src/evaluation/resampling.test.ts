import { expect, it } from 'vitest';
import { RandomStream } from '../random/stream.js';
import { bootstrapMean } from './resampling.js';

const stream = (name: string): RandomStream => new RandomStream(1, name);

it('gives an interval of about two standard errors on both sides', () => {
  const values = Float64Array.from(stream('values').normal(400), (value) => value + 3);
  const mean = values.reduce((sum, value) => sum + value, 0) / 400;
  const error = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 399 / 400);
  const found = bootstrapMean(values, stream('draws'));
  expect(found.mean).toBeCloseTo(mean, 12);
  expect((mean - found.low) / error).toBeCloseTo(1.96, 0.5);
  expect((found.high - mean) / error).toBeCloseTo(1.96, 0.5);
  expect(bootstrapMean(values, stream('draws'))).toEqual(found);
});

it('holds the mean of what values were drawn from about as often as it says', () => {
  let held = 0;
  for (let time = 0; time < 200; time++) {
    const { low, high } = bootstrapMean(Float64Array.from(stream(`values ${time}`).normal(50)), stream(`draws ${time}`));
    if (low <= 0 && 0 <= high) held += 1;
  }
  expect(held / 200).toBeGreaterThan(0.88);
  expect(held / 200).toBeLessThan(0.99);
});

it('is a point where all cases say the same, and draws less often where there are many', () => {
  expect(bootstrapMean(Float64Array.of(2, 2, 2), stream('same'))).toEqual({ mean: 2, low: 2, high: 2 });
  const { low, mean, high } = bootstrapMean(Float64Array.from(stream('many').normal(50_000)), stream('few'));
  expect([low < mean, mean < high, high - low < 0.02]).toEqual([true, true, true]);
});
