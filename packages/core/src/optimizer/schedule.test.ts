import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import { constantRate, cosineRate } from './schedule.js';

describe('schedules', () => {
  it('constant stays', () => {
    expect([0, 5, 1000].map(constantRate(0.3, 10))).toEqual([0.3, 0.3, 0.3]);
  });

  it('cosine falls from the rate to the floor and stays there', () => {
    expectAllClose([0, 25, 50, 75, 100, 500].map(cosineRate()(2, 100)), [2, 1 + Math.SQRT1_2, 1, 1 - Math.SQRT1_2, 0, 0], 1e-12);
    expectAllClose([0, 50, 100].map(cosineRate({ floor: 0.1 })(2, 100)), [2, 1.1, 0.2], 1e-12);
    expect(cosineRate()(2, 0)(0)).toBe(2);
  });
});
