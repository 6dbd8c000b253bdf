import { FarziError } from '../errors.js';
import { disposeAll } from '../engine/engine.js';
import type { LearnerState } from './learner.js';
import type { StateStack } from './state-stack.js';

/** How the states of an unrolled training are found again on the way back. */
export type TrajectoryKind = 'stored' | 'checkpointed' | 'reversible';

/** One way to walk through training and back. `index` counts steps from 0. */
export interface TrajectorySteps {
  /** Keeps states, in memory or elsewhere. Whoever made it closes it. */
  readonly stack: StateStack;
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
async function stored({ stack, start, steps, advance }: TrajectorySteps): Promise<Trajectory> {
  let state = start;
  for (let index = 0; index < steps; index++) {
    const next = await advance(state, index);
    if (index > 0) await stack.push(state);
    state = next;
  }
  const final = state;
  return {
    final,
    async backward(visit) {
      let after = final;
      for (let index = steps - 1; index >= 0; index--) {
        const before = index === 0 ? start : ((await stack.pop(start)) as LearnerState);
        await visit(before, after, index);
        if (after !== final) disposeAll(after.tensors);
        after = before;
      }
    },
  };
}

/** States that {@link checkpointed} holds at a time, about: a longer training is cut into segments of segments. */
const MOST_CHECKPOINTS = 40;

/** How deep segments are nested: `levels` of them hold `levels · steps^(1/levels)` states, and replay every step `levels - 1` times. */
function levelsFor(steps: number): number {
  let levels = 2;
  while (levels * steps ** (1 / levels) > MOST_CHECKPOINTS) levels++;
  return levels;
}

/** Keeps every k-th state and replays a segment when its states are needed: with k the root of the number of steps, about one more forward pass. */
const checkpointed = (steps: TrajectorySteps): Promise<Trajectory> => inSegments(steps, levelsFor(steps.steps));

async function inSegments({ stack, start, steps, advance }: TrajectorySteps, levels: number): Promise<Trajectory> {
  const every = Math.max(1, Math.ceil(steps ** (1 - 1 / levels)));
  let state = start;
  for (let index = 0; index < steps; index++) {
    const next = await advance(state, index);
    if (index > 0) {
      if (index % every === 0) await stack.push(state);
      else disposeAll(state.tensors);
    }
    state = next;
  }
  const final = state;
  return {
    final,
    async backward(visit) {
      let after = final;
      for (let segment = Math.ceil(steps / every) - 1; segment >= 0; segment--) {
        const from = segment * every;
        const length = Math.min(every, steps - from);
        const checkpoint = segment === 0 ? start : ((await stack.pop(start)) as LearnerState);
        const part: TrajectorySteps = {
          stack,
          start: checkpoint,
          steps: length - 1,
          advance: (each, index) => advance(each, from + index),
          undo: refuse,
        };
        const replay = await (levels > 2 ? inSegments(part, levels - 1) : stored(part));
        await visit(replay.final, after, from + length - 1);
        if (after !== final) disposeAll(after.tensors);
        await replay.backward((before, following, index) => visit(before, following, from + index));
        if (length > 1) disposeAll(replay.final.tensors);
        after = checkpoint;
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
