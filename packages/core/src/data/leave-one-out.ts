import { FarziError } from '../errors.js';
import type { EvaluationCase } from './dataset.js';

/** Fewest events a user needs to have one in every split. */
export const minimumForLeaveOneOut = 3;

/** How many events at a sequence's end are targets. */
export interface HeldOutEvents {
  /** Targets of validation, which come before those of test; default: 1. */
  readonly validationEvents?: number;
  /** Targets of test, the last events; default: 1. */
  readonly testEvents?: number;
}

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
 * One target a user is few where users are few: two models of equal worth differ by what the choice of these events
 * makes. With more, the last `testEvents` events are the targets of a user's test case, each predicted from everything
 * before it, and the `validationEvents` before them those of the validation case.
 *
 * @throws FARZI_DATA_TOO_SHORT for a sequence without an event for training: of fewer than three, with one target each
 */
export function leaveOneOut(sequences: readonly Int32Array[], { validationEvents = 1, testEvents = 1 }: HeldOutEvents = {}): LeaveOneOut {
  const minimum = 1 + validationEvents + testEvents;
  const short = sequences.findIndex(({ length }) => length < minimum);
  if (short >= 0) {
    throw new FarziError(
      'FARZI_DATA_TOO_SHORT',
      `Sequence ${short} has ${sequences[short]?.length ?? 0} events, and ${needs(minimum, validationEvents, testEvents)}.`,
      { hint: `Leave such sequences out, for instance with kCore and minimumUserEvents: ${minimum}.` },
    );
  }
  return {
    train: sequences.map((tokens) => tokens.subarray(0, -validationEvents - testEvents)),
    validation: sequences.map((tokens) => ({
      tokens: tokens.subarray(0, -testEvents),
      firstTarget: tokens.length - testEvents - validationEvents,
    })),
    test: sequences.map((tokens) => ({ tokens, firstTarget: tokens.length - testEvents })),
  };
}

function needs(minimum: number, validationEvents: number, testEvents: number): string {
  return minimum === minimumForLeaveOneOut
    ? `leave-one-out needs ${minimum}: one each for training, validation and test`
    : `${minimum} are needed: one for training, ${validationEvents} for validation and ${testEvents} for test`;
}
