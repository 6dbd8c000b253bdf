import { FarziError, RandomStream } from '@farzi/core';
import { type Assignment, valueKey } from './names.js';
import type { SweepFile } from './schema.js';

type RandomSearch = NonNullable<SweepFile['random']>;
type Choice = RandomSearch['over'][string];
type Range = Exclude<Choice, readonly unknown[]>;

/** Draws that may be the same as earlier ones, for each that is wanted. */
const ATTEMPTS = 100;

/** Digits of a drawn number: more would only make names longer. */
const DIGITS = 4;

/**
 * Draws members, each of them once. The first ones are the same whatever the count, so that a search can go on.
 *
 * @throws FARZI_CONFIG_INVALID when a range is none, or fewer members than wanted can be told apart
 */
export function draws({ count, seed, over }: RandomSearch): Assignment[][] {
  const choices = Object.entries(over);
  for (const [path, choice] of choices) if (!isList(choice)) requireRange(choice, path);
  const stream = new RandomStream(seed, 'sweep');
  const found = new Map<string, Assignment[]>();
  for (let index = 0; found.size < count && index < count * ATTEMPTS; index++) {
    const drawn = choices.map(([path, choice]) => ({ path, value: drawFrom(choice, stream.child(index, path)) }));
    const key = drawn.map(({ value }) => valueKey(value)).join(' ');
    if (!found.has(key)) found.set(key, drawn);
  }
  if (found.size < count) {
    throw new FarziError('FARZI_CONFIG_INVALID', `random.count: Only ${found.size} members differ, and ${count} are wanted.`, {
      hint: `Lower count to ${found.size}, or give more values under over.`,
    });
  }
  return [...found.values()];
}

const isList = (choice: Choice): choice is readonly unknown[] & Choice => Array.isArray(choice);

function requireRange({ from, to, scale, whole }: Range, path: string): void {
  const refuse = (problem: string, hint: string): FarziError => {
    const message = `random.over.${path}: ${problem}`;
    return new FarziError('FARZI_CONFIG_INVALID', message, { hint });
  };
  if (!(from < to)) throw refuse(`The range from ${from} to ${to} holds no numbers.`, 'Give a from that is less than to.');
  if (scale === 'log' && from <= 0) throw refuse(`The range from ${from} has no logarithms.`, 'Give a from above 0, or scale: linear.');
  if (whole === true && !(Number.isSafeInteger(from) && Number.isSafeInteger(to)))
    throw refuse(`The range from ${from} to ${to} is not one of whole numbers.`, 'Give a whole from and to, or leave whole out.');
}

function drawFrom(choice: Choice, stream: RandomStream): unknown {
  if (isList(choice)) return choice[stream.integer(choice.length)];
  const { from, to, scale, whole } = choice;
  const at = (low: number, high: number): number => low + stream.uniform() * (high - low);
  // a whole number stands for all that is rounded to it
  const half = whole === true ? 0.5 : 0;
  const value = scale === 'log' ? Math.exp(at(Math.log(from - half), Math.log(to + half))) : at(from - half, to + half);
  const rounded = whole === true ? Math.round(value) : Number(value.toPrecision(DIGITS));
  return Math.min(to, Math.max(from, rounded));
}
