import { FarziError } from '../errors.js';
import { disposeAll } from '../engine/engine.js';
import type { LearnerState } from './learner.js';

/** How the states of an unrolled training are found again on the way back. */
export type TrajectoryKind = 'stored' | 'checkpointed' | 'reversible';

/** One way to walk through training and back. `index` counts steps from 0. */
export interface TrajectorySteps {
  readonly start: LearnerState;
  readonly steps: number;
  /** The state after step `index`; leaves the given state alone. */
  advance(state: LearnerState, index: number): Promise<LearnerState>;
  /** The state before step `index`, from the state after it; throws when it is no longer finite. */
  undo(state: LearnerState, index: number): Promise<LearnerState>;
}

/** The way back: calls `visit` with the states before and after each step, last step first. The states are only valid during the call. */
export interface Trajectory {
  readonly final: LearnerState;
  backward(visit: (before: LearnerState, after: LearnerState, index: number) => Promise<void>): Promise<void>;
}

/** Keeps the state before every step: `steps` x 3 P numbers for Adam with P parameters. */
async function stored({ start, steps, advance }: TrajectorySteps): Promise<Trajectory> {
  const states = [start];
  for (let index = 0; index < steps; index++) states.push(await advance(states[index] as LearnerState, index));
  const final = states.pop() as LearnerState;
  return {
    final,
    async backward(visit) {
      let after = final;
      for (let index = steps - 1; index >= 0; index--) {
        const before = states.pop() as LearnerState;
        await visit(before, after, index);
        if (after !== final) disposeAll(after.tensors);
        after = before;
      }
    },
  };
}

/** Keeps every k-th state, k the root of the number of steps, and replays a segment when its states are needed: about one more forward pass. */
async function checkpointed({ start, steps, advance }: TrajectorySteps): Promise<Trajectory> {
  const every = Math.max(1, Math.ceil(Math.sqrt(steps)));
  const checkpoints = [start];
  let state = start;
  for (let index = 0; index < steps; index++) {
    const next = await advance(state, index);
    if (index % every !== 0) disposeAll(state.tensors);
    state = next;
    if ((index + 1) % every === 0 && index + 1 < steps) checkpoints.push(state);
  }
  return {
    final: state,
    async backward(visit) {
      let after = state;
      for (let segment = checkpoints.length - 1; segment >= 0; segment--) {
        const from = segment * every;
        const length = Math.min(every, steps - from);
        const replay = await stored({
          start: checkpoints[segment] as LearnerState,
          steps: length - 1,
          advance: (each, index) => advance(each, from + index),
          undo: refuse,
        });
        await visit(replay.final, after, from + length - 1);
        if (after !== state) disposeAll(after.tensors);
        await replay.backward((before, following, index) => visit(before, following, from + index));
        if (length > 1) disposeAll(replay.final.tensors);
        after = checkpoints[segment] as LearnerState;
      }
    },
  };
}

const refuse = (): never => {
  throw new FarziError('FARZI_INTERNAL', 'a replayed segment is not undone');
};

/** Keeps the last state only and undoes steps, as published. Rounding errors grow by 1/beta a step: see the numerics guide. */
async function reversible({ start, steps, advance, undo }: TrajectorySteps): Promise<Trajectory> {
  let state = start;
  for (let index = 0; index < steps; index++) {
    const next = await advance(state, index);
    if (state !== start) disposeAll(state.tensors);
    state = next;
  }
  const final = state;
  return {
    final,
    async backward(visit) {
      let after = final;
      for (let index = steps - 1; index >= 0; index--) {
        const before = await undo(after, index);
        await visit(before, after, index);
        if (after !== final) disposeAll(after.tensors);
        after = before;
      }
      if (after !== final) disposeAll(after.tensors);
    },
  };
}

/** The trajectory strategies by name. */
export const trajectories: Readonly<Record<TrajectoryKind, (steps: TrajectorySteps) => Promise<Trajectory>>> = {
  stored,
  checkpointed,
  reversible,
};
