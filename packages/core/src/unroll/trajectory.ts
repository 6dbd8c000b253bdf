import type { OptionsSchema } from '../options/schema.js';
import type { LearnerState } from './learner.js';
import type { StateStack } from './state-stack.js';

/** A training to walk through, and what a strategy may do on the way. `index` counts steps from 0. */
export interface TrajectorySteps {
  /**
   * Keeps states, in memory or on disk; a state that is pushed is the stack's. It is closed by whoever asks for the
   * trajectory, after an error too.
   */
  readonly stack: Pick<StateStack, 'push' | 'pop'>;
  /** Stays the caller's. */
  readonly start: LearnerState;
  readonly steps: number;
  /** The state after step `index`, which is the strategy's; the given one is left alone. */
  advance(state: LearnerState, index: number): Promise<LearnerState>;
  /**
   * The state before step `index`, from the state after it. It is the strategy's, and the given one is left alone.
   * Only for strategies with {@link TrajectoryStrategy.needsUndo}.
   *
   * @throws FARZI_NON_FINITE when the state is no longer finite
   */
  undo(state: LearnerState, index: number): Promise<LearnerState>;
}

/** What is done with the states before and after step `index`. Both are valid during the call only. */
export type StepVisitor = (before: LearnerState, after: LearnerState, index: number) => Promise<void>;

/** The way back through a training. */
export interface Trajectory {
  /** The state after the last step; the caller's. */
  readonly final: LearnerState;
  /**
   * Visits each step once, the last one first. All states but start and final are freed by the end, after an error too.
   */
  backward(visit: StepVisitor): Promise<void>;
}

/** How the states of an unrolled training are found again on the way back. */
export interface TrajectoryStrategy {
  readonly id: string;
  /** Whether steps are undone: then the learner's optimizer must be able to. */
  readonly needsUndo: boolean;
  /**
   * States that it holds at the same time, and the steps that it takes forward, those that are taken again too: for
   * estimates. Where it does not say, it holds all and takes each once.
   */
  effort?(steps: number): { readonly states: number; readonly forward: number };
  /**
   * Walks forward. Where a step throws, the states that the strategy holds are freed and the error goes on to the
   * caller.
   */
  run(steps: TrajectorySteps): Promise<Trajectory>;
}

/** A trajectory strategy as a contribution. */
export interface TrajectoryDefinition<Options = never> {
  readonly id: string;
  readonly schema: OptionsSchema;
  create(options: Options): TrajectoryStrategy;
}
