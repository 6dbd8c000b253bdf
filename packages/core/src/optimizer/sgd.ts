import * as e from '../program/expressions.js';
import type { Node } from '../program/node.js';
import type { Optimizer } from './optimizer.js';

/** Settings of stochastic gradient descent. */
export interface SgdOptions {
  /** 0 for plain descent. */
  readonly momentum: number;
  /** Coupled (L2): added to the gradient as `weightDecay · w`. */
  readonly weightDecay: number;
}

/** Options of gradient descent in a configuration. */
export const sgdSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    momentum: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.9, description: 'heavy-ball' },
    weightDecay: { type: 'number', minimum: 0, default: 0, description: 'coupled (L2)' },
  },
} as const;

/**
 * Stochastic gradient descent with heavy-ball momentum: `u ← momentum · u + g`, `w ← w - lr · u`. All adjoint variants
 * are the same.
 */
export function sgd({ momentum = 0.9, weightDecay = 0 }: Partial<SgdOptions> = {}): Optimizer {
  const optimizer: Optimizer<readonly [velocity: Node], never> = {
    id: 'sgd',
    slots: ['velocity'],
    schedule: () => ({}),

    update({ weights, slots: [before] }, gradient, { learningRate }) {
      const velocity = e.add(e.multiply(momentum, before), e.add(gradient, e.multiply(weightDecay, weights)));
      return { weights: e.subtract(weights, e.multiply(learningRate, velocity)), slots: [velocity] };
    },

    adjoint({ after, cotangents, scalars: { learningRate } }) {
      const velocity = e.subtract(cotangents.slots[0], e.multiply(learningRate, cotangents.weights));
      return {
        gradient: velocity,
        learningRate: e.negate(e.sum(e.multiply(after.slots[0], cotangents.weights))),
        before: { weights: e.add(cotangents.weights, e.multiply(weightDecay, velocity)), slots: [e.multiply(momentum, velocity)] },
      };
    },

    undo: {
      weights: (after, { learningRate }) => e.add(after.weights, e.multiply(learningRate, after.slots[0])),

      slots(after, weightsBefore, lossGradient) {
        const gradient = e.add(lossGradient, e.multiply(weightDecay, weightsBefore));
        const [velocity] = after.slots;
        return [momentum === 0 ? e.multiply(0, velocity) : e.multiply(1 / momentum, e.subtract(velocity, gradient))];
      },
    },
  };
  return optimizer;
}
