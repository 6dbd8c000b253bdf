import { expect, it, vi } from 'vitest';
import { type BoundedSizes, inStages } from './stages.js';

/** Estimates that are the square of a bounded length. */
const squares = (length: number) =>
  vi.fn(({ bounded }: BoundedSizes) => {
    const bytes = bounded(length) ** 2;
    return { memoryBytes: bytes, parts: [{ what: 'a square', bytes, sizes: [] }] };
  });

it('estimates once where nothing is large', () => {
  const at = squares(500);
  expect(inStages(at, () => undefined).memoryBytes).toBe(500 ** 2);
  expect(at).toHaveBeenCalledTimes(1);
});

it('goes on to the whole size where every estimate is accepted, and foresees no more than that', () => {
  const accepted: number[] = [];
  expect(inStages(squares(5000), ({ memoryBytes }) => accepted.push(memoryBytes)).memoryBytes).toBe(5000 ** 2);
  const [first, second, foreseen = 0, last] = accepted;
  expect([first, second, last]).toEqual([512 ** 2, 2048 ** 2, 5000 ** 2]);
  expect(foreseen).toBeGreaterThan(2048 ** 2);
  expect(foreseen).toBeLessThan(5000 ** 2);
});

const refuseAbove =
  (limit: number) =>
  ({ memoryBytes }: { readonly memoryBytes: number }): void => {
    if (memoryBytes > limit) throw new RangeError(String(memoryBytes));
  };

it('never looks at a size far above one that is refused', () => {
  expect(() => inStages(squares(1e9), refuseAbove(1e6))).toThrow(String(2048 ** 2));
});

it('refuses what would grow too large without looking at all sizes up to that', () => {
  const at = squares(1e9);
  expect(() => inStages(at, refuseAbove(1e12))).toThrow(RangeError);
  expect(at).toHaveBeenCalledTimes(2);
});

it('foresees nothing from sizes that grow no more', () => {
  const seen: number[] = [];
  const at = ({ bounded }: BoundedSizes) => {
    // the first has its whole size after the first stage, and all of the growth so far
    const bytes = bounded(2000) ** 2 + bounded(1e6);
    return { memoryBytes: bytes, parts: [{ what: 'a sum', bytes, sizes: [] }] };
  };
  inStages(at, ({ memoryBytes }) => seen.push(memoryBytes));
  expect(Math.max(...seen)).toBe(2000 ** 2 + 1e6);
});
