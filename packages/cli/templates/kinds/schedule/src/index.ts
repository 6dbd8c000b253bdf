import { definePlugin, defineSchedule } from '@farzi/core';

/** The learning rate grows evenly over the first share of the steps, and stays. */
export const myContribution = defineSchedule({
  id: 'my-contribution',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: { share: { type: 'number', minimum: 0, maximum: 1, default: 0.1, description: 'of the steps in which the rate grows' } },
  },
  create:
    ({ share }) =>
    (rate, steps) =>
    (step) =>
      rate * Math.min(1, (step + 1) / Math.max(1, share * steps)),
});

export default definePlugin({ name: 'my-package', core: '>=0.1.0 <1.0.0', schedules: [myContribution] });
