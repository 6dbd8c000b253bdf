/** Where estimates start: batches and lengths of ordinary size are below it. */
const FIRST = 512;

const GROWTH = 4;

/** Batches and lengths, none of them above a bound. */
export interface BoundedSizes {
  bounded(size: number): number;
}

/**
 * Estimates a job with its batches and lengths bounded at first, and then less and less as long as the estimate is
 * accepted: just to record a program for one that is far too large may take all memory.
 *
 * @param at - estimates with sizes that it bounds
 * @param check - throws for an estimate that is too large
 */
export function inStages<T>(at: (sizes: BoundedSizes) => T, check: (estimate: T) => void): T {
  for (let most = FIRST; ; most *= GROWTH) {
    let whole = true;
    const estimate = at({
      bounded: (size) => {
        whole &&= size <= most;
        return Math.min(size, most);
      },
    });
    check(estimate);
    if (whole) return estimate;
  }
}
