/** Norms that are remembered. */
const REMEMBERED = 25;
/** Fewest norms whose median says how large they usually are. */
const FEWEST = 5;

/** How large a meta-gradient may be; larger ones are scaled down to it. */
export interface ClippingOptions {
  /** Norm. */
  readonly clip: number;
  /** In medians of the norms before. */
  readonly clipMedians: number;
}

/**
 * Largest norm after some others. The meta-gradient of a learner that diverges is hundreds of times as large as the
 * usual ones, and says nothing: it is to count for no more than they do.
 */
export function largestNorm({ clip, clipMedians }: ClippingOptions, norms: readonly number[]): number {
  if (norms.length < FEWEST) return clip;
  const sorted = norms.toSorted((one, other) => one - other);
  return Math.min(clip, clipMedians * (sorted[Math.floor(sorted.length / 2)] as number));
}

/** The norms to remember after another one. */
export const remembered = (norms: readonly number[], norm: number): readonly number[] => [...norms, norm].slice(-REMEMBERED);
