import type { Estimate } from './estimate.js';

/** Where estimates start: batches and lengths of ordinary size are below it. */
const FIRST = 512;

const GROWTH = 4;

/** Batches and lengths, none of them above a bound. */
export interface BoundedSizes {
  bounded(size: number): number;
}

type Peak = Pick<Estimate, 'memoryBytes' | 'parts'>;

/**
 * Estimates a job with its batches and lengths bounded at first, and then less and less as long as the estimate is
 * accepted: just to record a program for one that is far too large may take all memory.
 *
 * @param at - estimates with sizes that it bounds
 * @param check - throws for an estimate that is too large
 */
export function inStages<T extends Peak>(at: (sizes: BoundedSizes) => T, check: (peak: Peak) => void): T {
  let before: { readonly peak: Peak; readonly above: number } | undefined;
  for (let most = FIRST; ; most *= GROWTH) {
    const above: number[] = [];
    const estimate = at({
      bounded: (size) => {
        if (size > most) above.push(size);
        return Math.min(size, most);
      },
    });
    check(estimate);
    if (above.length === 0) return estimate;
    // where the same sizes were bounded before, it grows on as it did, at least up to the smallest of them
    if (before?.above === above.length) check(grown(before.peak, estimate, (Math.min(...above) - most) / (most - most / GROWTH)));
    before = { peak: estimate, above: above.length };
  }
}

/** A peak that grows by what it has grown by, some times over: memory grows with batches, and faster with lengths. */
function grown(before: Peak, now: Peak, times: number): Peak {
  const earlier = new Map(before.parts.map(({ what, bytes }) => [what, bytes]));
  const parts = now.parts
    .map((part) => ({ ...part, bytes: part.bytes + times * Math.max(0, part.bytes - (earlier.get(part.what) ?? part.bytes)) }))
    .sort((a, b) => b.bytes - a.bytes);
  return { memoryBytes: parts.reduce((sum, { bytes }) => sum + bytes, 0), parts };
}
