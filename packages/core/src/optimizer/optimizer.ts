import type { Node } from '../program/node.js';

/**
 * Which part of an optimizer's reverse step is kept.
 * - `exact`: all of it.
 * - `paper`: the published algorithm, as far as it is known (our re-implementation): second moments count through the
 *   current gradient only.
 * - `detached`: second moments are held constant.
 */
export type AdjointVariant = 'exact' | 'paper' | 'detached';

/** Nodes of slots; an optimizer can say how many it has, as in `readonly [velocity: Node]`. */
type Slots = readonly Node[];

/** Weights and the optimizer's memory, each a flat vector `[P]`. */
export interface OptimizerNodes<Of extends Slots = Slots> {
  readonly weights: Node;
  /** In the order of {@link Optimizer.slots}. */
  readonly slots: Of;
}

/** What a step needs besides state and gradient: scalars `[]`. */
export interface StepScalars<Rates extends string = string> {
  readonly learningRate: Node;
  /** By the names of {@link Optimizer.schedule}. */
  readonly schedule: Readonly<Record<Rates, Node>>;
}

/**
 * A step to be reversed. Both states, the gradient and the learning rate are leaves: derivatives may be taken with
 * respect to them.
 */
export interface ReverseStep<Of extends Slots = Slots, Rates extends string = string> {
  readonly before: OptimizerNodes<Of>;
  readonly after: OptimizerNodes<Of>;
  /**
   * The loss gradient that the step was taken along, `[P]`. It costs nothing where it is not used: an optimizer may
   * find it in the two states.
   */
  readonly gradient: Node;
  /** Of the state after the step. */
  readonly cotangents: OptimizerNodes<Of>;
  readonly scalars: StepScalars<Rates>;
  readonly variant: AdjointVariant;
}

/** The reverse of one step. */
export interface AdjointNodes<Of extends Slots = Slots> {
  /** Cotangent of the loss gradient `[P]`: the direction of the Hessian-vector product. */
  readonly gradient: Node;
  /**
   * Cotangents of the state before the step, without the Hessian-vector product that the caller adds to the weights'.
   */
  readonly before: OptimizerNodes<Of>;
  /** What this step adds to the derivative with respect to the learning rate, `[]`. */
  readonly learningRate: Node;
}

/** How a step is undone. Rounding errors grow with every step: see docs/numerics.md. */
export interface OptimizerUndo<Of extends Slots = Slots, Rates extends string = string> {
  /** The weights before a step, from the state after it. */
  weights(after: OptimizerNodes<Of>, scalars: StepScalars<Rates>): Node;
  /** The slots before a step, from the state after it and the gradient at the weights before it. */
  slots(after: OptimizerNodes<Of>, weightsBefore: Node, gradient: Node): Of;
}

/**
 * A pure description of an optimizer: functions that build graphs and hold no state. Its own code can name its slots
 * and rates: `Optimizer<readonly [velocity: Node], 'correction'>` is an `Optimizer`.
 */
export interface Optimizer<Of extends Slots = Slots, Rates extends string = string> {
  readonly id: string;
  /** Names of the vectors it remembers besides the weights; all start at 0. */
  readonly slots: readonly string[];
  /** Numbers that depend on the step only (from 1), computed in float64. */
  schedule(step: number): Readonly<Record<Rates, number>>;
  /** The state after a step from `before` along `gradient`, the derivative of the loss at `before.weights`. */
  update(before: OptimizerNodes<Of>, gradient: Node, scalars: StepScalars<Rates>): OptimizerNodes<Of>;
  /** Pulls cotangents of the state after the step back to the state before it; `adjointOf` derives it from `update`. */
  adjoint(step: ReverseStep<Of, Rates>): AdjointNodes<Of>;
  /** For the trajectory `reversible`; an optimizer that leaves it out works with all that keep states. */
  readonly undo?: OptimizerUndo<Of, Rates>;
}
