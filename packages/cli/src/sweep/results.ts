import type { Summary } from '@farzi/core';
import { arms } from '../arms.js';
import { resultBlocks, type Selection, type Statistic } from '../results.js';
import type { Member } from './members.js';

/** What became of a member so far. */
export type Outcome =
  | { readonly status: 'waiting' }
  | { readonly status: 'finished'; readonly summary: Summary }
  | { readonly status: 'failed'; readonly code: string; readonly message: string };

/** A member and what became of it. */
export interface MemberOutcome {
  readonly member: Member;
  readonly outcome: Outcome;
}

/** What one student learned from the data of a member. */
export interface StudentRow {
  readonly student: string;
  readonly bytes: number;
  /** Of the bytes that the training events take, compressed. */
  readonly fractionOfBytes: number;
  /** The selection metric of the synthetic data; `undefined` where nothing was validated. */
  readonly validation: number | undefined;
  /** The selection metric on test; `undefined` where the experiment has no such arm, or does not measure it. */
  readonly full: Statistic | undefined;
  readonly distilled: Statistic | undefined;
  readonly retention: number | undefined;
}

/** What is told of a student in every table, in its order. */
export function studentRows(summary: Summary, selection: Selection): StudentRow[] {
  const { bytes, fractionOfBytes } = summary.synthetic;
  return resultBlocks(summary, selection).map(({ student, metrics, rows }) => {
    const at = metrics.indexOf(selection.key);
    const ofArm = (arm: string) => rows.find(({ data }) => data === arm);
    const distilled = ofArm(arms.distilled);
    return {
      ...{ student, bytes, fractionOfBytes, validation: summary.distillation.validation },
      full: ofArm(arms.full)?.metrics[at],
      distilled: distilled?.metrics[at],
      retention: distilled?.retention,
    };
  });
}

/**
 * The member whose synthetic data were best on validation, the first of those that are equal. Test has no say: what is
 * chosen by it looks better than it is.
 */
export function bestOf(outcomes: readonly MemberOutcome[], { smallerIsBetter }: Selection): Member | undefined {
  let best: { readonly member: Member; readonly score: number } | undefined;
  for (const { member, outcome } of outcomes) {
    const value = outcome.status === 'finished' ? outcome.summary.distillation.validation : undefined;
    if (value === undefined || !Number.isFinite(value)) continue;
    const score = smallerIsBetter ? -value : value;
    if (best === undefined || score > best.score) best = { member, score };
  }
  return best?.member;
}
