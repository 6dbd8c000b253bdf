import { InvalidArgumentError, Option } from 'commander';
import { builtInEngines, builtInTrajectories } from '@farzi/core';

/** Ids of all engines. */
export const engineIds = builtInEngines.map(({ id }) => id);

/** Reads a whole number. */
function wholeNumber(minimum: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= minimum) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${minimum} on.`);
  };
}

/** Reads a number that is not negative. */
function notNegative(value: string): number {
  const number = Number(value);
  if (value.trim() !== '' && Number.isFinite(number) && number >= 0) return number;
  throw new InvalidArgumentError('It must be a number from 0 on.');
}

/** Words with commas between them, each once. */
const words = (value: string): string[] => [...new Set(value.split(',').map((word) => word.trim()))];

/** An option that takes a whole number from 1 on, and has no default of its own. */
export function size(flags: string, description: string): Option {
  return new Option(flags, description).argParser(wholeNumber(1));
}

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
      if (unknown !== undefined) throw new InvalidArgumentError(`The value '${unknown}' is none of ${known.join(', ')}.`);
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
