import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { FarziError } from '../errors.js';
import { chooseRate, learningRatesOf } from './learning-rates.js';

const diverged = (rate: number): FarziError => new FarziError('FARZI_NON_FINITE', `diverged at ${rate}`);

interface Trained {
  readonly rate: number;
  readonly score: number;
}

/** Trains to given scores by rate; an error is thrown. Tells which results are still held. */
function trainer(scores: Readonly<Record<number, number | Error>>) {
  const held = new Set<number>();
  const trainAt = (rate: number): Promise<Trained> => {
    const score = scores[rate];
    if (typeof score !== 'number') return Promise.reject(score ?? new Error('not asked for'));
    held.add(rate);
    return Promise.resolve({ rate, score });
  };
  return { held, trainAt, letGo: ({ rate }: Trained) => void held.delete(rate) };
}

describe('chooseRate', () => {
  it('keeps the best on validation, the earlier of equals, and frees the others', async () => {
    const { held, trainAt, letGo } = trainer({ 1: 0.1, 2: 0.3, 3: 0.3, 4: 0.2 });
    expect((await chooseRate([1, 2, 3, 4], trainAt, letGo)).learningRate).toBe(2);
    expect([...held]).toEqual([2]);
  });

  it('passes over rates at which training diverges', async () => {
    const { held, trainAt, letGo } = trainer({ 1: diverged(1), 2: -5, 3: diverged(3) });
    expect((await chooseRate([1, 2, 3], trainAt, letGo)).learningRate).toBe(2);
    expect([...held]).toEqual([2]);
  });

  it('fails when training diverges at all of them, or for another reason', async () => {
    expect(await errorOf(() => chooseRate([1, 3], trainer({ 1: diverged(1), 3: diverged(3) }).trainAt))).toMatchObject({
      message: 'diverged at 3',
    });
    const other = new Error('out of memory');
    expect(await errorOf(() => chooseRate([1, 2], trainer({ 1: 0.5, 2: other }).trainAt))).toBe(other);
  });
});

it('learning rates are one or several', () => {
  expect(learningRatesOf({ learningRate: 0.1 })).toEqual([0.1]);
  expect(learningRatesOf({ learningRate: [0.1, 0.2] })).toEqual([0.1, 0.2]);
});
