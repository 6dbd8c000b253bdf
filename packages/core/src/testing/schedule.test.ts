import { describe, expect, it } from 'vitest';
import { builtInPlugin } from '../plugin/built-in.js';
import { cosineRate, type RateSchedule, type ScheduleDefinition } from '../optimizer/schedule.js';
import { noOptions } from '../options/schema.js';
import { checkSchedule } from './schedule.js';

it.each([...(builtInPlugin.schedules ?? [])])('$id keeps the contract', async (definition) => {
  await expect(checkSchedule(definition)).resolves.toBeUndefined();
});

const broken = (rates: RateSchedule): ScheduleDefinition => ({ id: 'broken', schema: noOptions, create: () => rates });

describe('checkSchedule finds a schedule', () => {
  let asked = 0;
  const rows: readonly (readonly [string, ScheduleDefinition, string])[] = [
    [
      'whose rate is not a number in a run of one step',
      broken((rate, steps) => (step) => (rate * step) / (steps - 1)),
      'broken (rate 0.1, 1 steps): The rate of step 0 is NaN.',
    ],
    [
      'with negative rates',
      broken((rate) => (step) => rate * (1 - step / 4)),
      'broken (rate 0.001, 7 steps): The rate of step 5 is -0.00025.',
    ],
    ['without any rate', broken(() => () => 0), 'broken (rate 0.1, 1 steps): The rate of every step is 0.'],
    [
      'that counts how often it is asked',
      broken((rate) => () => rate * 0.5 ** asked++),
      'broken (rate 0.1, 1 steps): The rate of step 0 is 0.1, and 0.0',
    ],
    [
      'whose runs share a state',
      broken(
        (
          (last: { steps: number }) => (rate, steps) =>
            cosineRate()(rate, (last.steps = Math.max(last.steps, steps)))
        )({ steps: 0 }),
      ),
      'broken (rate 0.001, 7 steps): The rate of step 6',
    ],
    [
      'that throws',
      broken(() => () => {
        throw new RangeError('no rate');
      }),
      'broken (rate 0.1, 1 steps): Asking for the rate of step 0 throws RangeError: no rate',
    ],
  ];
  it.each(rows)('%s', async (_name, definition, message) => {
    await expect(checkSchedule(definition)).rejects.toThrow(message);
  });
});
