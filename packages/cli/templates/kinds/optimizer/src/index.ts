import { adjointOf, defineOptimizer, definePlugin, expressions as e, type Node, type Optimizer } from '@farzi/core';

/** Gradient descent with momentum. */
export const myContribution = defineOptimizer({
  id: 'my-contribution',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: { momentum: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.9 } },
  },
  create: ({ momentum }) => {
    // of graph nodes, not of numbers: recorded once, differentiated, and run many times
    const update: Optimizer<readonly [velocity: Node]>['update'] = ({ weights, slots: [velocity] }, gradient, { learningRate }) => {
      const next = e.add(e.multiply(momentum, velocity), gradient);
      return { weights: e.subtract(weights, e.multiply(learningRate, next)), slots: [next] };
    };
    return { id: 'my-contribution', slots: ['velocity'], schedule: () => ({}), update, adjoint: adjointOf(update) };
  },
});

export default definePlugin({ name: 'my-package', core: '>=0.1.0 <1.0.0', optimizers: [myContribution] });
