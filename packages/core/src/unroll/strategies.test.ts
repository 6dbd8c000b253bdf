import { expect, it } from 'vitest';
import type { LearnerState } from './learner.js';
import { checkpointed, reversible, stored } from './strategies.js';
import type { TrajectoryStrategy } from './trajectory.js';

const state = (step: number): LearnerState => ({ tensors: {}, step });

/** States on the stack at a time, at most, and steps that are taken forward, there and back. */
async function effortOf(strategy: TrajectoryStrategy, steps: number): Promise<{ readonly states: number; readonly forward: number }> {
  const kept: LearnerState[] = [];
  let [states, forward] = [0, 0];
  const trajectory = await strategy.run({
    start: state(0),
    steps,
    stack: {
      push: (each) => {
        states = Math.max(states, kept.push(each));
        return Promise.resolve();
      },
      pop: () => Promise.resolve(kept.pop()),
    },
    advance: ({ step }) => {
      forward++;
      return Promise.resolve(state(step + 1));
    },
    undo: ({ step }) => Promise.resolve(state(step - 1)),
  });
  await trajectory.backward(() => Promise.resolve());
  return { states, forward };
}

it.each([20, 400, 1000, 5000])('a checkpointed training of %i steps keeps and repeats about what it says', async (steps) => {
  const real = await effortOf(checkpointed, steps);
  const said = checkpointed.effort?.(steps);
  expect(said?.states).toBeGreaterThanOrEqual(real.states);
  expect(said?.states).toBeLessThanOrEqual(1.5 * real.states + 2);
  expect(said?.forward).toBeGreaterThanOrEqual(real.forward);
  expect(said?.forward).toBeLessThanOrEqual(1.5 * real.forward);
});

it('a reversible one keeps a single state, a stored one all, which is meant where nothing is said', async () => {
  expect(reversible.effort?.(50)).toEqual({ states: 1, forward: (await effortOf(reversible, 50)).forward });
  expect(await effortOf(stored, 50)).toEqual({ states: 49, forward: 50 });
  expect(stored.effort).toBeUndefined();
});
