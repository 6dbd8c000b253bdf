import { FarziError } from '../errors.js';
import { show } from '../options/problems.js';
import type { Optimizer } from './optimizer.js';
import type { RateSchedule } from './schedule.js';

/**
 * An optimizer that a program gives: in JavaScript it may be anything, such as the id that a configuration would have.
 *
 * @param path - where it stands, for messages
 * @throws FARZI_CONFIG_INVALID
 */
export function requireOptimizer(given: Optimizer, path: string): Optimizer {
  if (typeof (given as Partial<Optimizer> | null | undefined)?.update === 'function') return given;
  throw new FarziError('FARZI_CONFIG_INVALID', `The value of ${path} must be an optimizer, but it is ${show(given)}.`, {
    hint: 'Ids are for configurations: give one that is made, such as adam() or sgd({ momentum: 0.9 }).',
  });
}

/**
 * The same of a schedule.
 *
 * @throws FARZI_CONFIG_INVALID
 */
export function requireSchedule(given: RateSchedule, path: string): RateSchedule {
  if (typeof given === 'function') return given;
  throw new FarziError('FARZI_CONFIG_INVALID', `The value of ${path} must be a function of rate and steps, but it is ${show(given)}.`, {
    hint: 'Ids are for configurations: give one that is made, such as constantRate or cosineRate().',
  });
}
