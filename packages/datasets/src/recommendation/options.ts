import { minimumForLeaveOneOut, type MinimumEvents } from '@farzi/core';

/** Options of every recommendation dataset. */
export const filterProperties = {
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
} as const;

/** Values of {@link filterProperties}. */
export interface FilterOptions extends MinimumEvents {
  readonly dropRepeats: boolean;
}
