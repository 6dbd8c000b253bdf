import { disposeAll } from '../engine/engine.js';
import { invariant } from '../errors.js';
import type { LearnerState } from './learner.js';
import type { StepVisitor, Trajectory, TrajectorySteps, TrajectoryStrategy } from './trajectory.js';

/**
 * Walks forward. `leave` gets each state but the first when the one after it is there: it frees it or gives it to the
 * stack.
 */
async function forward(
  { start, steps, advance }: TrajectorySteps,
  leave: (state: LearnerState, index: number) => void | Promise<void>,
): Promise<LearnerState> {
  let state = start;
  try {
    for (let index = 0; index < steps; index++) {
      const left = state;
      state = await advance(left, index);
      if (left !== start) await leave(left, index);
    }
  } catch (error) {
    if (state !== start) disposeAll(state.tensors);
    throw error;
  }
  return state;
}

/** States on the way back that must be freed, after an error too. Start and final are never among them. */
class HeldStates {
  readonly #states = new Set<LearnerState>();

  hold(state: LearnerState): void {
    this.#states.add(state);
  }

  /** Does nothing about a state that is not held. */
  free(state: LearnerState): void {
    if (this.#states.delete(state)) disposeAll(state.tensors);
  }

  freeAll(): void {
    for (const state of this.#states) this.free(state);
  }
}

/** Walks back step by step. `find` gives the state before step `index`, knowing the one after it. */
async function stepwise(
  { start, steps }: TrajectorySteps,
  final: LearnerState,
  visit: StepVisitor,
  find: (after: LearnerState, index: number) => Promise<LearnerState>,
): Promise<void> {
  const held = new HeldStates();
  try {
    let after = final;
    for (let index = steps - 1; index >= 0; index--) {
      const before = await find(after, index);
      if (before !== start) held.hold(before);
      await visit(before, after, index);
      held.free(after);
      after = before;
    }
  } finally {
    held.freeAll();
  }
}

/** The state before step `index`, where the states before all steps but the first are on the stack. */
async function pop({ stack, start }: TrajectorySteps, index: number): Promise<LearnerState> {
  if (index === 0) return start;
  const state = await stack.pop(start);
  invariant(state, `No state was kept before step ${index}.`);
  return state;
}

async function keepAll(steps: TrajectorySteps): Promise<Trajectory> {
  const final = await forward(steps, (state) => steps.stack.push(state));
  return { final, backward: (visit) => stepwise(steps, final, visit, (_after, index) => pop(steps, index)) };
}

/** Keeps the state before every step: `steps` times 3 P numbers for Adam with P parameters. */
export const stored: TrajectoryStrategy = Object.freeze({ id: 'stored', needsUndo: false, run: keepAll });

/** States that {@link checkpointed} holds at a time, about: a longer training is cut into segments of segments. */
const MOST_CHECKPOINTS = 40;

/**
 * How deep segments are nested: `levels` of them hold `levels · steps^(1/levels)` states, and replay every step `levels
 * - 1` times.
 */
function levelsFor(steps: number): number {
  let levels = 2;
  while (levels * steps ** (1 / levels) > MOST_CHECKPOINTS) levels++;
  return levels;
}

/**
 * Keeps the state before every segment; on the way back a segment is replayed, with smaller segments in it where there
 * are more levels.
 */
async function inSegments(whole: TrajectorySteps, levels: number): Promise<Trajectory> {
  const { stack, start, steps, advance, undo } = whole;
  const run = (part: TrajectorySteps): Promise<Trajectory> => (levels > 2 ? inSegments(part, levels - 1) : keepAll(part));
  const every = Math.max(1, Math.ceil(steps ** (1 - 1 / levels)));
  const final = await forward(whole, (state, index) => (index % every === 0 ? stack.push(state) : disposeAll(state.tensors)));

  async function backward(visit: StepVisitor): Promise<void> {
    const held = new HeldStates();
    try {
      let after = final;
      for (let from = (Math.ceil(steps / every) - 1) * every; from >= 0; from -= every) {
        const checkpoint = await pop(whole, from);
        if (checkpoint !== start) held.hold(checkpoint);
        const last = Math.min(from + every, steps) - 1;
        const replay = await run({
          stack,
          start: checkpoint,
          steps: last - from,
          advance: (state, index) => advance(state, from + index),
          undo: (state, index) => undo(state, from + index),
        });
        if (replay.final !== checkpoint) held.hold(replay.final);
        await visit(replay.final, after, last);
        held.free(after);
        await replay.backward((before, following, index) => visit(before, following, from + index));
        if (replay.final !== checkpoint) held.free(replay.final);
        after = checkpoint;
      }
    } finally {
      held.freeAll();
    }
  }
  return { final, backward };
}

/**
 * Keeps every k-th state and replays a segment when its states are needed: with k the root of the number of steps,
 * about one more forward pass.
 */
export const checkpointed: TrajectoryStrategy = Object.freeze({
  id: 'checkpointed',
  needsUndo: false,
  effort: (steps: number) => {
    const levels = levelsFor(steps);
    return { states: Math.ceil(levels * steps ** (1 / levels)), forward: steps * levels };
  },
  run: (steps: TrajectorySteps) => inSegments(steps, levelsFor(steps.steps)),
});

/**
 * Keeps the last state only and undoes steps, as published. Rounding errors grow by 1/beta a step: see
 * docs/numerics.md.
 */
export const reversible: TrajectoryStrategy = Object.freeze({
  id: 'reversible',
  needsUndo: true,
  effort: (steps: number) => ({ states: 1, forward: steps }),
  run: async (steps: TrajectorySteps) => {
    const final = await forward(steps, (state) => {
      disposeAll(state.tensors);
    });
    return { final, backward: (visit: StepVisitor) => stepwise(steps, final, visit, (after, index) => steps.undo(after, index)) };
  },
});
