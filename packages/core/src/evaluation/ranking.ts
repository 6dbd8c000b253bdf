import type { EvaluationCase } from '../data/dataset.js';

/** How many candidates beat or tie with a target, among the whole vocabulary and among those to leave out. */
export interface CandidateCounts {
  readonly better: number;
  /** With the target itself. */
  readonly equal: number;
  readonly seenBetter: number;
  /** Without the target. */
  readonly seenEqual: number;
}

/**
 * Rank of a target: 1 is best, a tie counts as half a place. A target whose score is NaN equals nothing, not even
 * itself, and has no rank.
 */
export function rankOf({ better, equal, seenBetter, seenEqual }: CandidateCounts): number {
  return equal === 0 ? Number.NaN : 1 + better - seenBetter + (equal - 1 - seenEqual) / 2;
}

/** The distinct tokens before a target, without the target itself. */
export function seenBefore({ tokens }: EvaluationCase, at: number): number[] {
  const seen = new Set(tokens.subarray(0, at));
  seen.delete(tokens[at] as number);
  return [...seen];
}
