import { InvalidArgumentError, Option } from 'commander';
import { notNegative, wholeNumber, words } from '../packages/cli/src/option-values.js';
import { builtInEngines } from '../packages/core/src/engine/select.js';
import { builtInTrajectories } from '../packages/core/src/unroll/trajectories.js';

/** Ids of all engines. */
export const engineIds = builtInEngines.map(({ id }) => id);

/** An option that takes a whole number. */
export function count(flags: string, description: string, initial: number, minimum = 1): Option {
  return new Option(flags, description).argParser(wholeNumber(minimum)).default(initial);
}

/** An option that takes a number that is not negative. */
export function number(flags: string, description: string, initial: number): Option {
  return new Option(flags, description).argParser(notNegative).default(initial);
}

/** An option that takes some of these words, with commas between them; all of them if it is not given. */
export function someOf<T extends string>(flags: string, description: string, known: readonly T[]): Option {
  return new Option(flags, `${description}: ${known.join(', ')}`)
    .argParser((value) => {
      const given = words(value);
      const unknown = given.find((word) => !(known as readonly string[]).includes(word));
      if (unknown !== undefined) throw new InvalidArgumentError(`'${unknown}' is none of ${known.join(', ')}.`);
      return given;
    })
    .default(known, 'all');
}

/** An option that takes whole numbers with commas between them. */
export function counts(flags: string, description: string, initial: readonly number[]): Option {
  return new Option(flags, description).argParser((value) => words(value).map(wholeNumber(1))).default(initial, initial.join(','));
}

export const engineOption = (): Option =>
  new Option('--engine <id>', 'engine to compute with').choices(['auto', ...engineIds]).default('auto');
export const threadsOption = (): Option => count('--threads <count>', '0: one per core', 0, 0);
export const trajectoryOption = (): Option =>
  new Option('--trajectory <id>', 'how states are found again on the way back')
    .choices(builtInTrajectories.map(({ id }) => id))
    .default('stored');
