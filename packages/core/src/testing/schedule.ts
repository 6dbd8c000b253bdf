import type { RateSchedule, ScheduleDefinition } from '../optimizer/schedule.js';
import { validateOptions } from '../options/validate.js';
import { attempt, check } from './assert.js';

/** What a schedule is checked with. */
export interface ScheduleCheckOptions {
  /** The schedule's own options; defaults of its schema are filled in. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Rates and lengths of runs, one of a single step among them. */
const runs: readonly (readonly [rate: number, steps: number])[] = [
  [0.1, 1],
  [0.001, 7],
  [2, 300],
];

/**
 * Checks that a schedule keeps its contract, for short and long runs: every step has a finite rate that is not
 * negative, and some step a rate above 0; a step's rate depends on the step alone, in whatever order steps are asked
 * for, so that a resumed run goes on as one that was not interrupted, and one run's rates do not change another's.
 *
 * @throws ConformanceError naming the check that failed
 */
export async function checkSchedule(definition: ScheduleDefinition, given: ScheduleCheckOptions = {}): Promise<void> {
  const { id } = definition;
  const options = validateOptions<never>(definition.schema, given.options ?? {}, ['options']);
  const schedule: RateSchedule = await attempt(`${id}: create`, () => definition.create(options));
  const schedules = runs.map(([rate, steps]) => schedule(rate, steps));
  for (const [index, [rate, steps]] of runs.entries()) {
    const where = `${id} (rate ${rate}, ${steps} steps)`;
    const rateOf = (of: (step: number) => number, step: number): Promise<number> => attempt(`${where}: step ${step}`, () => of(step));
    const rates: number[] = [];
    for (let step = 0; step < steps; step++) {
      const found = await rateOf(schedules[index] as (step: number) => number, step);
      check(Number.isFinite(found) && found >= 0, `${where}: The rate of step ${step} is ${found}.`);
      rates.push(found);
    }
    check(
      rates.some((found) => found > 0),
      `${where}: The rate of every step is 0.`,
    );
    for (const again of [schedules[index] as (step: number) => number, definition.create(options)(rate, steps)])
      for (let step = steps - 1; step >= 0; step--) {
        const found = await rateOf(again, step);
        check(found === rates[step], `${where}: The rate of step ${step} is ${rates[step]}, and ${found} when it is asked for again.`);
      }
  }
}
