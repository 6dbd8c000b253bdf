import { expect, it } from 'vitest';
import { largestNorm, remembered } from './clipping.js';

const options = { clip: 0.5, clipMedians: 2 };

it('is the given one while little is known', () => {
  expect(largestNorm(options, [])).toBe(0.5);
  expect(largestNorm(options, [0.1, 0.1, 0.1, 0.1])).toBe(0.5);
});

it('follows what norms usually are, whatever single ones are', () => {
  expect(largestNorm(options, [0.1, 0.12, 80, 0.1, 0.13])).toBeCloseTo(0.24, 10);
  expect(largestNorm(options, [0.1, 0.1, 80, 90, 0.13])).toBeCloseTo(0.26, 10);
});

it('is never above the given one', () => {
  expect(largestNorm(options, [3, 4, 5, 6, 7])).toBe(0.5);
});

it('forgets what was long ago', () => {
  let norms: readonly number[] = [];
  for (let step = 0; step < 40; step++) norms = remembered(norms, step < 15 ? 1000 : 0.1);
  expect(norms).toHaveLength(25);
  expect(largestNorm(options, norms)).toBeCloseTo(0.2, 10);
});
