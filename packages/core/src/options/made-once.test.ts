import { expect, it } from 'vitest';
import { MadeOnce } from './made-once.js';

it('makes a thing once for a definition and options, as long as it is among the latest', () => {
  const numbers = new MadeOnce<object, number>(2);
  const [first, second] = [{ id: 'a' }, { id: 'a' }];
  let made = 0;
  const of = (definition: object, options: unknown): number => numbers.of(definition, options, () => ++made);
  expect([of(first, { width: 1 }), of(first, { width: 1 })]).toEqual([1, 1]);
  expect([of(second, { width: 1 }), of(first, { width: 2 })]).toEqual([2, 3]);
  // used again, so that the other is the oldest
  expect([of(first, { width: 1 }), of(first, { width: 3 })]).toEqual([1, 4]);
  expect([of(first, { width: 1 }), of(first, { width: 2 }), of(second, { width: 1 })]).toEqual([1, 5, 2]);
});

it('keeps nothing of what cannot be made', () => {
  const numbers = new MadeOnce<object, number>(2);
  const definition = {};
  const failing = (): number => {
    throw new Error('No memory.');
  };
  expect(() => numbers.of(definition, {}, failing)).toThrow('No memory.');
  expect(numbers.of(definition, {}, () => 1)).toBe(1);
});
