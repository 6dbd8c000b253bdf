/** Something a user did with an item. */
interface Event {
  /** Position of the item in {@link EventLog.items}. */
  readonly item: number;
  /** Any number that grows with time; 0 where the source has none. */
  readonly time: number;
}

/** Events as a source holds them, before ordering and filtering. */
export interface EventLog {
  /** Original ids of the items, in order of first appearance. */
  readonly items: readonly string[];
  /** Each user's events in file order; users in order of first appearance. */
  readonly histories: readonly (readonly Event[])[];
}

/** Collects events one by one. */
export interface EventCollector {
  add(user: string, item: string, time: number): void;
  log(): EventLog;
}

/** An {@link EventLog} in the making. */
export function collectEvents(): EventCollector {
  const items = new Map<string, number>();
  const histories = new Map<string, Event[]>();
  return {
    add(user, item, time) {
      const code = items.get(item) ?? items.size;
      if (code === items.size) items.set(item, code);
      const history = histories.get(user);
      if (history === undefined) histories.set(user, [{ item: code, time }]);
      else history.push({ item: code, time });
    },
    log: () => ({ items: [...items.keys()], histories: [...histories.values()] }),
  };
}

/** Each user's items in time order; events of the same time stay in file order. */
export function inTimeOrder(log: EventLog): number[][] {
  // Array.prototype.sort is stable, which is what keeps file order among equal times.
  return log.histories.map((history) => [...history].sort((a, b) => a.time - b.time).map(({ item }) => item));
}

/** Keeps the first of a user's events with the same item. */
export function withoutRepeats(histories: readonly (readonly number[])[]): number[][] {
  return histories.map((history) => [...new Set(history)]);
}
