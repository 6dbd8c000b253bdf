/**
 * AdamW (Loshchilov & Hutter, 2019) as a Farzi plugin: Adam whose weight decay does not go through the moments.
 */
import { adjointOf, defineOptimizer, definePlugin, expressions as e } from '@farzi/core';

/** @typedef {import('@farzi/core').Node} Node */

export const adamw = defineOptimizer({
  id: 'adamw',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      beta1: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.9 },
      beta2: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.999 },
      epsilon: { type: 'number', exclusiveMinimum: 0, default: 1e-3, description: 'small values make meta-gradients explode' },
      weightDecay: {
        type: 'number',
        minimum: 0,
        default: 0.01,
        description: 'share of the weights lost per step, times the learning rate',
      },
    },
  },
  create: ({ beta1, beta2, epsilon, weightDecay }) => {
    /** @type {import('@farzi/core').Optimizer<readonly [Node, Node], 'correction1' | 'correction2'>['update']} */
    const update = ({ weights, slots: [m, v] }, gradient, { learningRate, schedule: { correction1, correction2 } }) => {
      const first = e.add(e.multiply(beta1, m), e.multiply(1 - beta1, gradient));
      const second = e.add(e.multiply(beta2, v), e.multiply(1 - beta2, e.square(gradient)));
      const root = e.sqrt(e.multiply(correction2, second));
      const direction = e.add(e.divide(e.multiply(correction1, first), e.add(root, epsilon)), e.multiply(weightDecay, weights));
      return { weights: e.subtract(weights, e.multiply(learningRate, direction)), slots: [first, second] };
    };
    return {
      id: 'adamw',
      slots: ['firstMoment', 'secondMoment'],
      schedule: (step) => ({ correction1: 1 / (1 - beta1 ** step), correction2: 1 / (1 - beta2 ** step) }),
      update,
      adjoint: adjointOf(update),
    };
  },
});

export default definePlugin({ name: 'farzi-example-adamw', core: '>=0.1.0 <1.0.0', optimizers: [adamw] });
