import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import { constantSchedule, cosineSchedule, schedule } from './schedule.js';

describe('schedules', () => {
  it('constant stays', () => {
    expect([0, 5, 1000].map(constantSchedule(0.3))).toEqual([0.3, 0.3, 0.3]);
  });

  it('cosine falls from the rate to the floor and stays there', () => {
    expectAllClose([0, 25, 50, 75, 100, 500].map(cosineSchedule(2, 100)), [2, 1 + Math.SQRT1_2, 1, 1 - Math.SQRT1_2, 0, 0], 1e-12);
    expectAllClose([0, 50, 100].map(cosineSchedule(2, 100, 0.1)), [2, 1.1, 0.2], 1e-12);
    expect(cosineSchedule(2, 0)(0)).toBe(2);
  });

  it('are found by name', () => {
    expect(schedule('constant', 3, 10)(5)).toBe(3);
    expect(schedule('cosine', 3, 10)(5)).toBeCloseTo(1.5, 12);
  });
});
