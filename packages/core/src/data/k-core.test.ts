import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countItems } from './counts.js';
import { kCore } from './k-core.js';

const histories = fc.array(fc.array(fc.nat(8), { maxLength: 8 }), { maxLength: 12 });
const minimum = fc.record({ minimumUserEvents: fc.integer({ min: 1, max: 5 }), minimumItemEvents: fc.integer({ min: 1, max: 5 }) });

describe('kCore', () => {
  it('filters again until nothing changes', () => {
    // Dropping the lone item 3 leaves the last user with one event; dropping that user leaves item 2 with one, and so
    // on.
    const events = [
      [1, 1, 1],
      [1, 2],
      [2, 3],
    ];
    expect(kCore(events, { minimumUserEvents: 2, minimumItemEvents: 2 })).toEqual([[1, 1, 1]]);
  });

  it('leaves every user and item with its minimum', () => {
    fc.assert(
      fc.property(histories, minimum, (events, limits) => {
        const core = kCore(events, limits);
        for (const history of core) expect(history.length).toBeGreaterThanOrEqual(limits.minimumUserEvents);
        for (const count of countItems(core).values()) expect(count).toBeGreaterThanOrEqual(limits.minimumItemEvents);
      }),
    );
  });

  it('changes nothing when applied again', () => {
    fc.assert(
      fc.property(histories, minimum, (events, limits) => {
        const core = kCore(events, limits);
        expect(kCore(core, limits)).toEqual(core);
      }),
    );
  });

  it('keeps the order of users and events', () => {
    fc.assert(
      fc.property(histories, minimum, (events, limits) => {
        const core = kCore(events, limits);
        const kept = new Set(countItems(core).keys());
        const candidates = events.map((history) => history.filter((item) => kept.has(item)));
        let next = 0;
        for (const history of core) {
          next = candidates.findIndex((candidate, position) => position >= next && candidate.join() === history.join()) + 1;
          expect(next).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('is the largest such part: it holds every part that meets the minimums', () => {
    // Removing one user or one item at a time, in any order, must end at the same events.
    fc.assert(
      fc.property(histories, minimum, (events, { minimumUserEvents, minimumItemEvents }) => {
        let left = events.map((history) => [...history]);
        for (;;) {
          const counts = countItems(left);
          const rare = [...counts].find(([, count]) => count < minimumItemEvents)?.[0];
          const short = left.findIndex((history) => history.length < minimumUserEvents);
          if (short >= 0) left = left.filter((_, position) => position !== short);
          else if (rare !== undefined) left = left.map((history) => history.filter((item) => item !== rare));
          else break;
        }
        expect(kCore(events, { minimumUserEvents, minimumItemEvents })).toEqual(left);
      }),
    );
  });
});
