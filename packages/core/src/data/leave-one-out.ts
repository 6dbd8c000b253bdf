import { FarziError } from '../errors.js';
import type { EvaluationCase } from './dataset.js';

/** Fewest events a user needs to have one in every split. */
export const minimumForLeaveOneOut = 3;

/** The three splits; entry `u` of each belongs to the same user. */
export interface LeaveOneOut {
  readonly train: readonly Int32Array[];
  readonly validation: readonly EvaluationCase[];
  readonly test: readonly EvaluationCase[];
}

/**
 * Splits users' sequences: the last event is the test target, the one before it the validation target, the rest is for
 * training. The test case's context includes the validation event. All splits are views of the given arrays, not
 * copies.
 *
 * @throws FARZI_DATA_TOO_SHORT for a sequence of fewer than three events
 */
export function leaveOneOut(sequences: readonly Int32Array[]): LeaveOneOut {
  const short = sequences.findIndex(({ length }) => length < minimumForLeaveOneOut);
  if (short >= 0) {
    throw new FarziError(
      'FARZI_DATA_TOO_SHORT',
      `Sequence ${short} has ${sequences[short]?.length ?? 0} events, and leave-one-out needs ${minimumForLeaveOneOut}: one each for training, validation and test.`,
      { hint: `Leave such sequences out, for instance with kCore and minimumUserEvents: ${minimumForLeaveOneOut}.` },
    );
  }
  return {
    train: sequences.map((tokens) => tokens.subarray(0, -2)),
    validation: sequences.map((tokens) => ({ tokens: tokens.subarray(0, -1), firstTarget: tokens.length - 2 })),
    test: sequences.map((tokens) => ({ tokens, firstTarget: tokens.length - 1 })),
  };
}
