import { InvalidArgumentError } from 'commander';

/** Reads a whole number that an option takes; Commander tells of the others. */
export function wholeNumber(minimum: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= minimum) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${minimum} on.`);
  };
}

/** Reads a number that is not negative. */
export function notNegative(value: string): number {
  const number = Number(value);
  if (value.trim() !== '' && Number.isFinite(number) && number >= 0) return number;
  throw new InvalidArgumentError('It must be a number from 0 on.');
}

/** Reads a number above 0. */
export function positive(value: string): number {
  const number = Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a number above 0.');
}

/** Gathers words, separated by commas or given with an option that is repeated. */
export function words(value: string, before: readonly string[] = []): string[] {
  const given = value.split(',').map((word) => word.trim());
  if (given.includes('')) throw new InvalidArgumentError('It must be words with commas between them.');
  return [...new Set([...before, ...given])];
}
