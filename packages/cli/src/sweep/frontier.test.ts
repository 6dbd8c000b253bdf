import { expect, it } from 'vitest';
import { frontier } from './frontier.js';

const cost = (bytes: number, retention: number) => ({ bytes, retention });

it('holds what nothing beats with as few bytes, by bytes', () => {
  const all = [
    cost(30, 0.7),
    cost(10, 0.5),
    cost(20, 0.4),
    cost(20, 0.8),
    cost(40, 0.9),
    cost(10, 0.3),
    cost(50, 0.9),
    cost(5, Number.NaN),
  ];
  expect(frontier(all)).toEqual([cost(10, 0.5), cost(20, 0.8), cost(40, 0.9)]);
  expect(frontier([])).toEqual([]);
});
