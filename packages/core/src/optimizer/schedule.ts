import type { OptionsSchema } from '../options/schema.js';

/** A learning rate over a run: `rate(step)` for steps from 0 to `steps - 1`. */
export type Schedule = (step: number) => number;

/** A schedule for a rate and a number of steps that are not known yet. */
export type RateSchedule = (rate: number, steps: number) => Schedule;

/** A way in which learning rates change over a run. */
export interface ScheduleDefinition<Options = never> {
  readonly id: string;
  readonly schema: OptionsSchema;
  create(options: Options): RateSchedule;
}

/** The same rate throughout. */
export const constantRate: RateSchedule = (rate) => () => rate;

/** From the rate down to `floor` times it along half a cosine (Loshchilov & Hutter, 2017). */
export const cosineRate =
  ({ floor = 0 }: { readonly floor?: number } = {}): RateSchedule =>
  (rate, steps) =>
  (step) => {
    const progress = Math.min(1, step / Math.max(1, steps));
    return rate * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress)));
  };

/** Options of a cosine schedule in a configuration. */
export const cosineSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { floor: { type: 'number', minimum: 0, maximum: 1, default: 0, description: 'share of the rate that is left at the end' } },
} as const;
