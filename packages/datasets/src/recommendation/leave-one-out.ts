import { invariant, type EvaluationCase } from '@farzi/core';

/** Fewest events a user needs to have one in every split. */
export const minimumForLeaveOneOut = 3;

/** The three splits; entry `u` of each belongs to the same user. */
export interface LeaveOneOut {
  readonly train: readonly Int32Array[];
  readonly validation: readonly EvaluationCase[];
  readonly test: readonly EvaluationCase[];
}

/**
 * Splits users' sequences: the last event is the test target, the one before it the validation target, the rest is for training.
 * The test case's context includes the validation event. All splits are views of the given arrays, not copies.
 */
export function leaveOneOut(sequences: readonly Int32Array[]): LeaveOneOut {
  invariant(
    sequences.every(({ length }) => length >= minimumForLeaveOneOut),
    'Leave-one-out needs three events of every user.',
  );
  return {
    train: sequences.map((tokens) => tokens.subarray(0, -2)),
    validation: sequences.map((tokens) => ({ tokens: tokens.subarray(0, -1), firstTarget: tokens.length - 2 })),
    test: sequences.map((tokens) => ({ tokens, firstTarget: tokens.length - 1 })),
  };
}
