import type { ScheduleDefinition } from '../optimizer/schedule.js';
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
  const created = await attempt(`${id}: create`, () => definition.create(options));
  // all runs are there before the first is asked: none may change another's rates
  const schedules = await attempt(`${id}: create`, () => runs.map(([rate, steps]) => ({ rate, steps, schedule: created(rate, steps) })));
  for (const { rate, steps, schedule } of schedules) {
    const where = `${id} (rate ${rate}, ${steps} steps)`;
    const rates: number[] = [];
    for (let step = 0; step < steps; step++) {
      const found = await attempt(`${where}: step ${step}`, () => schedule(step));
      check(Number.isFinite(found) && found >= 0, `${where}: The rate of step ${step} is ${found}.`);
      rates.push(found);
    }
    check(
      rates.some((found) => found > 0),
      `${where}: The rate of every step is 0.`,
    );
    for (const again of [schedule, definition.create(options)(rate, steps)])
      for (let step = steps - 1; step >= 0; step--) {
        const found = await attempt(`${where}: step ${step}`, () => again(step));
        check(found === rates[step], `${where}: The rate of step ${step} is ${rates[step]}, and ${found} when it is asked for again.`);
      }
  }
}
