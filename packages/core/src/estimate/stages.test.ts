import { expect, it, vi } from 'vitest';
import { type BoundedSizes, inStages } from './stages.js';

/** Estimates that are the square of a bounded length. */
const squares = (length: number) => vi.fn(({ bounded }: BoundedSizes) => bounded(length) ** 2);

it('estimates once where nothing is large', () => {
  const at = squares(500);
  expect(inStages(at, () => undefined)).toBe(500 ** 2);
  expect(at).toHaveBeenCalledTimes(1);
});

it('goes on to the whole size where every estimate is accepted', () => {
  const accepted: number[] = [];
  expect(inStages(squares(5000), (estimate) => accepted.push(estimate))).toBe(5000 ** 2);
  expect(accepted).toEqual([512 ** 2, 2048 ** 2, 5000 ** 2]);
});

it('never looks at a size far above one that is refused', () => {
  const at = squares(1e9);
  const refuse = (estimate: number): void => {
    if (estimate > 1e6) throw new RangeError(String(estimate));
  };
  expect(() => inStages(at, refuse)).toThrow(String(2048 ** 2));
});
