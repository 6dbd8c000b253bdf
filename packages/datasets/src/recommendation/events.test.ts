import { describe, expect, it } from 'vitest';
import { collectEvents, inTimeOrder, withoutRepeats } from './events.js';

function logOf(...events: readonly (readonly [user: string, item: string, time: number])[]) {
  const collector = collectEvents();
  for (const event of events) collector.add(...event);
  return collector.log();
}

describe('collectEvents', () => {
  it('numbers items and users by first appearance', () => {
    const log = logOf(['b', 'y', 1], ['a', 'x', 2], ['b', 'x', 3]);
    expect(log.items).toEqual(['y', 'x']);
    expect(log.histories.map((history) => history.map(({ item }) => item))).toEqual([[0, 1], [1]]);
  });

  it('takes ids that are names of object properties', () => {
    expect(logOf(['constructor', '__proto__', 1]).items).toEqual(['__proto__']);
  });
});

describe('inTimeOrder', () => {
  it('sorts by time and keeps file order within equal times', () => {
    expect(inTimeOrder(logOf(['u', 'a', 5], ['u', 'b', 5], ['u', 'c', 1], ['u', 'd', 5]))).toEqual([[2, 0, 1, 3]]);
  });

  it('sorts numerically', () => {
    expect(inTimeOrder(logOf(['u', 'a', 10], ['u', 'b', 9]))).toEqual([[1, 0]]);
  });
});

describe('withoutRepeats', () => {
  it("keeps the first of a user's events with an item", () => {
    expect(
      withoutRepeats([
        [1, 2, 1, 3, 2],
        [1, 1],
      ]),
    ).toEqual([[1, 2, 3], [1]]);
  });
});
