import * as e from '../program/expressions.js';
import { gradients } from '../program/gradients.js';
import type { Node } from '../program/node.js';
import type { Optimizer, OptimizerNodes } from './optimizer.js';

/** `⟨values, cotangents⟩` of a whole state. */
function paired(values: OptimizerNodes, cotangents: OptimizerNodes): Node {
  const products = [values.weights, ...values.slots].map((value, index) =>
    e.sum(e.multiply(value, [cotangents.weights, ...cotangents.slots][index] as Node)),
  );
  return products.reduce((total, product) => e.add(total, product));
}

/**
 * The exact adjoint of an optimizer, derived from its `update` by differentiating it. All variants are the exact one.
 * It computes the step again; an adjoint written by hand may cost less, and lose less to rounding.
 */
export function adjointOf<Of extends readonly Node[], Rates extends string>(
  update: Optimizer<Of, Rates>['update'],
): Optimizer<Of, Rates>['adjoint'] {
  return ({ before, gradient, cotangents, scalars }) => {
    const state = { weights: e.leaf(before.weights), slots: before.slots.map(e.leaf) as unknown as Of };
    const direction = e.leaf(gradient);
    const learningRate = e.leaf(scalars.learningRate);
    const after = update(state, direction, { ...scalars, learningRate });
    const [toGradient, toRate, toWeights, ...toSlots] = gradients(paired(after, cotangents), [
      direction,
      learningRate,
      state.weights,
      ...state.slots,
    ]) as [Node, Node, Node, ...Node[]];
    return { gradient: toGradient, learningRate: toRate, before: { weights: toWeights, slots: toSlots as unknown as Of } };
  };
}
