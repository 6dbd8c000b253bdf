import { type HeldOutEvents, minimumForLeaveOneOut, type MinimumEvents } from '@farzi/core';

/** Options of every recommendation dataset: which events are used, and which of them are targets. */
export const eventProperties = {
  minimumUserEvents: {
    type: 'integer',
    minimum: minimumForLeaveOneOut,
    default: minimumForLeaveOneOut,
    description:
      'Drop users with fewer events. At least 3: one each for training, validation and test. Applied in turn with minimumItemEvents until nothing changes (k-core). Default: 3.',
  },
  minimumItemEvents: {
    type: 'integer',
    minimum: 1,
    default: 1,
    description:
      'Drop items with fewer events. Applied in turn with minimumUserEvents until nothing changes (k-core). Default: 1, which keeps every item.',
  },
  dropRepeats: {
    type: 'boolean',
    default: false,
    description: "Keep only the first of a user's events with the same item. Applied before the minimum counts. Default: false.",
  },
  validationEvents: {
    type: 'integer',
    minimum: 1,
    default: 1,
    description:
      "How many of a user's events before those of test are targets of validation. More of them tell models apart that one a user does not, at the price of training events. Default: 1.",
  },
  testEvents: {
    type: 'integer',
    minimum: 1,
    default: 1,
    description:
      "How many of a user's last events are targets of test, each predicted from everything before it. Users need one event more than both together: minimumUserEvents. Default: 1, which is leave-one-out.",
  },
} as const;

/** Values of {@link eventProperties}. */
export interface EventOptions extends MinimumEvents, Required<HeldOutEvents> {
  readonly dropRepeats: boolean;
}
