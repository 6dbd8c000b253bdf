import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mostTargets, windowsOf } from './windows.js';

const caseOf = (size: number, firstTarget: number) => ({ tokens: Int32Array.from({ length: size }, (_, index) => index), firstTarget });
const sizes = fc.integer({ min: 2, max: 40 }).chain((size) => fc.tuple(fc.constant(size), fc.integer({ min: 1, max: size - 1 })));

it('every target is covered exactly once, by a window whose inputs fit the model', () => {
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 12 }), ([size, firstTarget], length) => {
      const given = caseOf(size, firstTarget);
      const windows = windowsOf(given, length);
      const targets = windows.flatMap((window) =>
        Array.from({ length: window.end - window.firstTarget }, (_, at) => window.firstTarget + at),
      );
      expect(targets).toEqual(Array.from({ length: size - firstTarget }, (_, at) => firstTarget + at));
      for (const window of windows) {
        expect(window.case).toBe(given);
        expect(window.from).toBeGreaterThanOrEqual(0);
        expect(window.end - 1 - window.from).toBeLessThanOrEqual(length);
        // every target has something before it in its window, and no more targets than inputs
        expect(window.firstTarget).toBeGreaterThan(window.from);
        expect(window.end - window.firstTarget).toBeLessThanOrEqual(length);
      }
    }),
  );
});

it('a single target sees as much before it as the model takes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 1, max: 12 }), (size, length) => {
      expect(windowsOf(caseOf(size, size - 1), length)).toEqual([
        { case: caseOf(size, size - 1), from: Math.max(0, size - 1 - length), firstTarget: size - 1, end: size },
      ]);
    }),
  );
});

it('a text is cut into consecutive windows', () => {
  expect(windowsOf(caseOf(10, 1), 4).map(({ from, firstTarget, end }) => [from, firstTarget, end])).toEqual([
    [0, 1, 5],
    [4, 5, 9],
    [5, 9, 10],
  ]);
});

it('the most targets of a window are counted', () => {
  expect(mostTargets([caseOf(9, 8), caseOf(3, 2)], 4)).toBe(1);
  expect(mostTargets([caseOf(9, 8), caseOf(10, 1)], 4)).toBe(4);
  expect(mostTargets([caseOf(9, 8), caseOf(3, 1)], 4)).toBe(2);
  expect(mostTargets([], 4)).toBe(1);
});
