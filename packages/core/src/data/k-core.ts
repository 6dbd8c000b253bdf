import { countEvents, countItems } from './counts.js';

/** The fewest events that a user and an item must have. */
export interface MinimumEvents {
  readonly minimumUserEvents: number;
  readonly minimumItemEvents: number;
}

/**
 * The largest part of the events in which every user and every item has its minimum. Dropping an item shortens users
 * and the other way round, so both filters are applied again until nothing changes; the result does not depend on their
 * order.
 */
export function kCore(
  histories: readonly (readonly number[])[],
  { minimumUserEvents, minimumItemEvents }: MinimumEvents,
): (readonly number[])[] {
  let current = histories;
  for (;;) {
    const counts = countItems(current);
    const next = current
      .map((history) => history.filter((item) => (counts.get(item) ?? 0) >= minimumItemEvents))
      .filter((history) => history.length >= Math.max(1, minimumUserEvents));
    if (countEvents(next) === countEvents(current)) return next;
    current = next;
  }
}
