import { isFarziError } from '@farzi/core';
import { describe, expect, it } from 'vitest';
import { draws } from './draw.js';

type Search = Parameters<typeof draws>[0];

const search = (over: Search['over'], count = 50, seed = 1): Search => ({ count, seed, over });
const valuesOf = (drawn: ReturnType<typeof draws>, path: string): number[] =>
  drawn.map((each) => Number(each.find((assignment) => assignment.path === path)?.value));

describe('random search', () => {
  it('draws the same for the same seed, and goes on where more are wanted', () => {
    const over = { rate: { from: 0.001, to: 0.1, scale: 'log' }, rank: [4, 8, 16] } as const satisfies Search['over'];
    const few = draws(search(over, 5));
    expect(draws(search(over, 5))).toEqual(few);
    expect(draws(search(over, 20)).slice(0, 5)).toEqual(few);
    expect(draws(search(over, 5, 2))).not.toEqual(few);
    // what a path draws does not depend on the others
    expect(valuesOf(draws(search({ rate: over.rate }, 5)), 'rate')).toEqual(valuesOf(few, 'rate'));
  });

  it('stays within its ranges, and fills them', () => {
    const drawn = draws(search({ rate: { from: 0.001, to: 0.1, scale: 'log' }, share: { from: -1, to: 1 } }, 200));
    const rates = valuesOf(drawn, 'rate');
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(0.001);
    expect(Math.max(...rates)).toBeLessThanOrEqual(0.1);
    // as many below the middle of the logarithms as above
    expect(rates.filter((rate) => rate < 0.01).length).toBeGreaterThan(70);
    expect(rates.filter((rate) => rate > 0.01).length).toBeGreaterThan(70);
    for (const rate of rates) expect(Number(rate.toPrecision(4))).toBe(rate);
    expect(valuesOf(drawn, 'share').filter((share) => share < 0).length).toBeGreaterThan(70);
  });

  it.each(['linear', 'log'] as const)('draws every whole number of a range (%s), each once', (scale) => {
    const drawn = valuesOf(draws(search({ rank: { from: 1, to: 6, whole: true, scale } }, 6)), 'rank');
    expect(drawn.toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it.each<[Search, string]>([
    [search({ a: { from: 2, to: 2 } }), 'random.over.a: The range from 2 to 2 holds no numbers.'],
    [search({ a: { from: 0, to: 1, scale: 'log' } }), 'random.over.a: The range from 0 has no logarithms.'],
    [search({ a: { from: 0.5, to: 4, whole: true } }), 'random.over.a: The range from 0.5 to 4 is not one of whole numbers.'],
    [search({ a: [1, 2], b: [3] }, 3), 'random.count: Only 2 members differ, and 3 are wanted.'],
  ])('refuses %j', (wrong, message) => {
    let thrown: unknown;
    try {
      draws(wrong);
    } catch (error) {
      thrown = error;
    }
    expect(isFarziError(thrown)).toBe(true);
    expect(thrown).toMatchObject({ code: 'FARZI_CONFIG_INVALID', message });
  });
});
