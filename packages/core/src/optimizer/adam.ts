import * as e from '../program/expressions.js';
import type { Node } from '../program/graph.js';
import type { Optimizer, StepScalars } from './optimizer.js';

/** Adam's settings. */
export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  /** Added to the root of the second moment. Distillation wants it large (1e-5 .. 1e-3): meta-gradients through small ones explode. */
  readonly epsilon: number;
  /** Coupled (L2): added to the gradient as `weightDecay · w`. */
  readonly weightDecay: number;
}

/** Options of Adam in a configuration. */
export const adamSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    beta1: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.9 },
    beta2: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.999 },
    epsilon: { type: 'number', exclusiveMinimum: 0, default: 1e-5, description: 'small values make meta-gradients explode' },
    weightDecay: { type: 'number', minimum: 0, default: 0, description: 'coupled (L2)' },
  },
} as const;

/** What a step and its reverse compute alike from the moments after the step. */
interface Rates {
  /** Bias-corrected first moment. */
  readonly corrected: Node;
  /** Root of the bias-corrected second moment. */
  readonly root: Node;
  /** `1 / (root + epsilon)` */
  readonly scale: Node;
}

/**
 * Adam (Kingma & Ba, 2015) with bias correction and coupled weight decay:
 * `m ← b1 m + (1-b1) g`, `v ← b2 v + (1-b2) g²`, `w ← w - lr · m / (1-b1ᵗ) / (sqrt(v / (1-b2ᵗ)) + epsilon)`.
 */
export function adam({ beta1, beta2, epsilon, weightDecay }: AdamOptions): Optimizer {
  function rates(slots: readonly Node[], schedule: StepScalars['schedule']): Rates {
    const [first, second] = slots as readonly [Node, Node];
    const root = e.sqrt(e.multiply(second, schedule['correction2'] as Node));
    return { corrected: e.multiply(first, schedule['correction1'] as Node), root, scale: e.reciprocal(e.add(root, epsilon)) };
  }

  return {
    id: 'adam',
    slots: ['firstMoment', 'secondMoment'],
    schedule: (step) => ({ correction1: 1 / (1 - beta1 ** step), correction2: 1 / (1 - beta2 ** step) }),

    update({ weights, slots: [m, v] }, lossGradient, { learningRate, schedule }) {
      const gradient = e.add(lossGradient, e.multiply(weightDecay, weights));
      const slots = [
        e.add(e.multiply(beta1, m as Node), e.multiply(1 - beta1, gradient)),
        e.add(e.multiply(beta2, v as Node), e.multiply(1 - beta2, e.square(gradient))),
      ];
      const { corrected, scale } = rates(slots, schedule);
      return { weights: e.subtract(weights, e.multiply(learningRate, e.multiply(corrected, scale))), slots };
    },

    adjoint(before, after, cotangents, scalars, variant) {
      const { corrected, root, scale } = rates(after.slots, scalars.schedule);
      // with weight decay; from the first moments, which hold it: m' = b1 m + (1-b1) g
      const gradient = e.multiply(1 / (1 - beta1), e.subtract(after.slots[0] as Node, e.multiply(beta1, before.slots[0] as Node)));
      const { correction1, correction2 } = scalars.schedule as { correction1: Node; correction2: Node };
      const [firstAfter, secondAfter] = cotangents.slots as readonly [Node, Node];
      const dw = cotangents.weights;
      const step = e.multiply(corrected, scale);
      const scaled = e.multiply(scalars.learningRate, e.multiply(scale, dw));
      // derivatives through v are 0 where v is 0, as for embedding rows that never occur
      const moved = e.greater(root, 0);
      const inverseRoot = e.select(moved, e.reciprocal(e.select(moved, root, 1)), 0);
      const throughSecond = e.multiply(e.multiply(step, scaled), e.multiply(e.multiply(0.5, correction2), inverseRoot));
      const direct = e.subtract(firstAfter, e.multiply(correction1, scaled));
      const folded = e.multiply((2 * (1 - beta2)) / (1 - beta1), e.multiply(gradient, throughSecond));
      const first = variant === 'paper' ? e.add(direct, folded) : direct;
      const second = e.add(secondAfter, throughSecond);
      // What reaches the gradient through this step's weights: the shares of m and v, nearly equal and opposite in the first steps, are subtracted on paper.
      const [m, v] = before.slots as readonly [Node, Node];
      const rest = e.subtract(
        e.multiply(e.multiply((1 - beta1) * beta2, correction2), v),
        e.multiply(e.multiply((1 - beta2) * beta1, correction2), e.multiply(gradient, m)),
      );
      const own = e.multiply(correction1, e.multiply(scale, e.add(e.multiply(rest, inverseRoot), (1 - beta1) * epsilon)));
      const later = e.add(e.multiply(1 - beta1, firstAfter), e.multiply(2 * (1 - beta2), e.multiply(gradient, secondAfter)));
      const toGradient = variant === 'exact' ? e.subtract(later, e.multiply(scaled, own)) : e.multiply(1 - beta1, first);
      return {
        gradient: toGradient,
        learningRate: e.negate(e.sum(e.multiply(step, dw))),
        before: {
          weights: e.add(dw, e.multiply(weightDecay, toGradient)),
          slots: [e.multiply(beta1, first), variant === 'exact' ? e.multiply(beta2, second) : e.multiply(0, secondAfter)],
        },
      };
    },

    undoWeights(after, scalars) {
      const { corrected, scale } = rates(after.slots, scalars.schedule);
      return e.add(after.weights, e.multiply(scalars.learningRate, e.multiply(corrected, scale)));
    },

    undoSlots(after, weightsBefore, lossGradient) {
      const [first, second] = after.slots as readonly [Node, Node];
      const gradient = e.add(lossGradient, e.multiply(weightDecay, weightsBefore));
      return [
        e.multiply(1 / beta1, e.subtract(first, e.multiply(1 - beta1, gradient))),
        e.multiply(1 / beta2, e.subtract(second, e.multiply(1 - beta2, e.square(gradient)))),
      ];
    },
  };
}
