import { describe, expect, it } from 'vitest';
import { disposeAll } from '../engine/engine.js';
import { noOptions } from '../options/schema.js';
import type { LearnerState } from '../unroll/learner.js';
import { reversible, stored } from '../unroll/strategies.js';
import { builtInTrajectories } from '../unroll/trajectories.js';
import type { Trajectory, TrajectoryDefinition, TrajectorySteps, TrajectoryStrategy } from '../unroll/trajectory.js';
import { checkTrajectory } from './trajectory.js';

it.each(builtInTrajectories)('$id keeps the contract', async (definition) => {
  await expect(checkTrajectory(definition)).resolves.toBeUndefined();
});

const broken = (run: TrajectoryStrategy['run'], more: Partial<TrajectoryStrategy> = {}): TrajectoryDefinition => ({
  ...{ id: 'broken', schema: noOptions },
  create: () => ({ ...{ id: 'broken', needsUndo: false, run }, ...more }),
});

/** The usual way there, and another one back. */
const returning = (backward: (usual: Trajectory, steps: TrajectorySteps) => Trajectory['backward'], from = stored): TrajectoryDefinition =>
  broken(
    async (steps) => {
      const usual = await from.run(steps);
      return { final: usual.final, backward: backward(usual, steps) };
    },
    { needsUndo: from.needsUndo },
  );

const short = 'broken (1 steps, enough memory): ';
const longer = 'broken (2 steps, enough memory): ';

describe('checkTrajectory finds a trajectory', () => {
  const rows: readonly (readonly [string, TrajectoryDefinition, string])[] = [
    [
      'of another id',
      broken((steps) => stored.run(steps), { id: 'other' }),
      'broken: Calling create gives a trajectory with the id other.',
    ],
    [
      'that leaves out a step',
      broken((steps) => stored.run({ ...steps, steps: steps.steps - 1 })),
      `${short}The final state is not that of the training.`,
    ],
    [
      'that stops before the first step',
      returning(
        (usual) => (visit) => usual.backward((before, after, index) => (index === 0 ? Promise.resolve() : visit(before, after, index))),
      ),
      `${short}The steps  are visited, not 0.`,
    ],
    [
      'that visits a step twice',
      returning(
        (usual) => (visit) =>
          usual.backward(async (before, after, index) => {
            await visit(before, after, index);
            await visit(before, after, index);
          }),
      ),
      `${short}The steps 0, 0 are visited, not 0.`,
    ],
    [
      'that gives the states in the wrong order',
      returning((usual) => (visit) => usual.backward((before, after, index) => visit(after, before, index))),
      `${short}The state before step 0 has weights 1, 2, 3, not 0, 1, 2.`,
    ],
    [
      'that forgets which step a state is at',
      returning((usual) => (visit) => usual.backward((before, after, index) => visit({ ...before, step: 7 }, after, index))),
      `${short}The state before step 0 counts 7 steps.`,
    ],
    ['that undoes steps without saying so', broken((steps) => reversible.run(steps)), `${short}It undoes steps, and needsUndo is false.`],
    [
      'that frees the start',
      returning((usual, { start }) => async (visit) => {
        await usual.backward(visit);
        disposeAll(start.tensors);
      }),
      `${short}-1 values are left on the engine.`,
    ],
    [
      'that frees the final state',
      returning((usual) => async (visit) => {
        await usual.backward(visit);
        disposeAll(usual.final.tensors);
      }),
      'A value of shape [3] is used after it was disposed of.',
    ],
    [
      'that leaves states behind',
      broken(async ({ start, steps, advance }) => {
        const states = [start];
        for (let index = 0; index < steps; index++) states.push(await advance(states[index] as LearnerState, index));
        return {
          final: states[steps] as LearnerState,
          backward: async (visit) => {
            for (let index = steps - 1; index >= 0; index--)
              await visit(states[index] as LearnerState, states[index + 1] as LearnerState, index);
          },
        };
      }),
      `${longer}1 values are left on the engine.`,
    ],
    [
      'that leaves a state behind when a step throws',
      broken(async (steps) => {
        let newest: LearnerState | undefined;
        const advance = async (state: LearnerState, index: number): Promise<LearnerState> => {
          try {
            return await steps.advance(state, index);
          } catch (error) {
            newest = await steps.advance(steps.start, 0);
            throw error;
          }
        };
        const trajectory = await stored.run({ ...steps, advance });
        if (newest !== undefined) disposeAll(newest.tensors);
        return trajectory;
      }),
      'broken (an error, enough memory): 1 values are left on the engine when advance throws.',
    ],
    [
      'that hides what a visit throws',
      returning((usual) => (visit) => usual.backward(visit).catch(() => undefined)),
      'broken (an error, enough memory): The steps 9, 8, 7, 6 are visited, not 9, 8',
    ],
    [
      'that hides what undoing a step throws',
      returning(
        (usual) => async (visit) => {
          try {
            await usual.backward(visit);
          } catch (error) {
            throw new Error('Lost.', { cause: error });
          }
        },
        reversible,
      ),
      'broken (an error, enough memory): The function visit throws, and the caller gets: Lost.',
    ],
    [
      'that keeps states where nobody frees them after an error',
      broken(async (steps) => {
        const kept: LearnerState[] = [];
        const stack = {
          push: (state: LearnerState) => {
            kept.push(state);
            return Promise.resolve();
          },
          pop: () => Promise.resolve(kept.pop()),
        };
        return stored.run({ ...steps, stack });
      }),
      'broken (an error, enough memory): 4 values are left on the engine when advance throws.',
    ],
  ];
  it.each(rows)('%s', async (_name, definition, message) => {
    await expect(checkTrajectory(definition)).rejects.toThrow(message);
  });
});
