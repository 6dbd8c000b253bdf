import { expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { InOrder } from './in-order.js';

const said = () => {
  const words: string[] = [];
  return { words, say: (word: string) => () => Promise.resolve(void words.push(word)) };
};

it('lets actions happen in the order of their places, and waits where it is their turn', async () => {
  const { words, say } = said();
  const order = new InOrder();
  const [first, second, third] = [order.place(), order.place(), order.place()];
  await third(say('third'));
  await second(say('second'));
  expect(words).toEqual([]);
  await first(say('first'));
  expect(words).toEqual(['first', 'second', 'third']);
  await order.place()(say('fourth'));
  await order.settled();
  expect(words.at(-1)).toBe('fourth');
});

it('lets nothing happen after a failure, and tells it', async () => {
  const { words, say } = said();
  const order = new InOrder();
  const [first, second, third] = [order.place(), order.place(), order.place()];
  await second(say('second'));
  const failure = new Error('disk full');
  expect(await errorOf(() => first(() => Promise.reject(failure)))).toBe(failure);
  expect(await errorOf(() => third(say('third')))).toBe(failure);
  expect(await errorOf(() => order.settled())).toBe(failure);
  expect(words).toEqual([]);
});
