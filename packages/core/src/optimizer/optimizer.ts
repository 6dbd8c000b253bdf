import type { Node } from '../program/node.js';

/**
 * Which part of an optimizer's reverse step is kept.
 * - `exact`: all of it.
 * - `paper`: the published algorithm, as far as it is known (our re-implementation): second moments count through the
 *   current gradient only.
 * - `detached`: second moments are held constant.
 */
export type AdjointVariant = 'exact' | 'paper' | 'detached';

/** Weights and the optimizer's memory, each a flat vector `[P]`. */
export interface OptimizerNodes {
  readonly weights: Node;
  /** In the order of {@link Optimizer.slots}. */
  readonly slots: readonly Node[];
}

/** What a step needs besides state and gradient: scalars `[]`. */
export interface StepScalars {
  readonly learningRate: Node;
  /** By the names of {@link Optimizer.schedule}. */
  readonly schedule: Readonly<Record<string, Node>>;
}

/**
 * A step to be reversed. Both states, the gradient and the learning rate are leaves: derivatives may be taken with
 * respect to them.
 */
export interface ReverseStep {
  readonly before: OptimizerNodes;
  readonly after: OptimizerNodes;
  /**
   * The loss gradient that the step was taken along, `[P]`. It costs nothing where it is not used: an optimizer may
   * find it in the two states.
   */
  readonly gradient: Node;
  /** Of the state after the step. */
  readonly cotangents: OptimizerNodes;
  readonly scalars: StepScalars;
  readonly variant: AdjointVariant;
}

/** The reverse of one step. */
export interface AdjointNodes {
  /** Cotangent of the loss gradient `[P]`: the direction of the Hessian-vector product. */
  readonly gradient: Node;
  /**
   * Cotangents of the state before the step, without the Hessian-vector product that the caller adds to the weights'.
   */
  readonly before: OptimizerNodes;
  /** What this step adds to the derivative with respect to the learning rate, `[]`. */
  readonly learningRate: Node;
}

/** How a step is undone. Rounding errors grow with every step: see docs/numerics.md. */
export interface OptimizerUndo {
  /** The weights before a step, from the state after it. */
  weights(after: OptimizerNodes, scalars: StepScalars): Node;
  /** The slots before a step, from the state after it and the gradient at the weights before it. */
  slots(after: OptimizerNodes, weightsBefore: Node, gradient: Node): readonly Node[];
}

/** A pure description of an optimizer: functions that build graphs and hold no state. */
export interface Optimizer {
  readonly id: string;
  /** Names of the vectors it remembers besides the weights; all start at 0. */
  readonly slots: readonly string[];
  /** Numbers that depend on the step only (from 1), computed in float64. */
  schedule(step: number): Readonly<Record<string, number>>;
  /** The state after a step from `before` along `gradient`, the derivative of the loss at `before.weights`. */
  update(before: OptimizerNodes, gradient: Node, scalars: StepScalars): OptimizerNodes;
  /** Pulls cotangents of the state after the step back to the state before it; `adjointOf` derives it from `update`. */
  adjoint(step: ReverseStep): AdjointNodes;
  /** For the trajectory `reversible`; an optimizer that leaves it out works with all that keep states. */
  readonly undo?: OptimizerUndo;
}
