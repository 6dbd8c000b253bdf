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

/**
 * Derivatives through smaller roots than that of the smallest normal number are cut off. Where v is 0, as for embedding rows that never occur, so is m,
 * and what goes through v is 0 and never NaN.
 */
const SMALLEST_ROOT = 1e-19;

/** What a step and its reverse compute alike. */
interface Rates {
  /** Learning rate with the bias correction of the first moment, `[]`: numbers are multiplied with each other first, as every product with a vector is a pass through memory. */
  readonly rate: Node;
  /** Root of the bias-corrected second moment after the step. */
  readonly root: Node;
  /** `1 / (root + epsilon)` */
  readonly scale: Node;
}

/**
 * Adam (Kingma & Ba, 2015) with bias correction and coupled weight decay:
 * `m ← b1 m + (1-b1) g`, `v ← b2 v + (1-b2) g²`, `w ← w - lr · m / (1-b1ᵗ) / (sqrt(v / (1-b2ᵗ)) + epsilon)`.
 */
export function adam({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-5, weightDecay = 0 }: Partial<AdamOptions> = {}): Optimizer {
  function rates(slotsAfter: readonly Node[], { learningRate, schedule }: StepScalars): Rates {
    const root = e.sqrt(e.multiply(slotsAfter[1] as Node, schedule['correction2'] as Node));
    return {
      rate: e.multiply(learningRate, schedule['correction1'] as Node),
      root,
      scale: e.reciprocal(e.add(root, epsilon)),
    };
  }
  /** How far a step moves the weights. */
  function move(slotsAfter: readonly Node[], scalars: StepScalars): Node {
    const { rate, scale } = rates(slotsAfter, scalars);
    return e.multiply(rate, e.multiply(slotsAfter[0] as Node, scale));
  }

  return {
    id: 'adam',
    slots: ['firstMoment', 'secondMoment'],
    schedule: (step) => ({ correction1: 1 / (1 - beta1 ** step), correction2: 1 / (1 - beta2 ** step) }),

    update({ weights, slots: [m, v] }, lossGradient, scalars) {
      const gradient = e.add(lossGradient, e.multiply(weightDecay, weights));
      const slots = [
        e.add(e.multiply(beta1, m as Node), e.multiply(1 - beta1, gradient)),
        e.add(e.multiply(beta2, v as Node), e.multiply(1 - beta2, e.square(gradient))),
      ];
      return { weights: e.subtract(weights, move(slots, scalars)), slots };
    },

    adjoint(before, after, cotangents, scalars, variant) {
      const { rate, root, scale } = rates(after.slots, scalars);
      const { correction1, correction2 } = scalars.schedule as { correction1: Node; correction2: Node };
      const [m, v] = before.slots as readonly [Node, Node];
      const [firstAfter, secondAfter] = cotangents.slots as readonly [Node, Node];
      const dw = cotangents.weights;
      const moment = after.slots[0] as Node;
      // with weight decay; from the first moments, which hold it: m' = b1 m + (1-b1) g
      const gradient = e.multiply(1 / (1 - beta1), e.subtract(moment, e.multiply(beta1, m)));
      const scaled = e.multiply(scale, dw);
      const twice = e.multiply(scaled, scale);
      const steep = e.multiply(twice, e.reciprocal(e.maximum(root, SMALLEST_ROOT)));
      const throughSecond = e.multiply(e.multiply(0.5, e.multiply(rate, correction2)), e.multiply(moment, steep));
      const direct = e.subtract(firstAfter, e.multiply(rate, scaled));
      const folded = e.multiply((2 * (1 - beta2)) / (1 - beta1), e.multiply(gradient, throughSecond));
      const first = variant === 'paper' ? e.add(direct, folded) : direct;
      const second = e.add(secondAfter, throughSecond);
      // What reaches the gradient through this step's weights: the shares of m and v, nearly equal and opposite in the first steps, are subtracted on paper.
      const rest = e.subtract(
        e.multiply(e.multiply((1 - beta1) * beta2, correction2), v),
        e.multiply(e.multiply((1 - beta2) * beta1, correction2), e.multiply(gradient, m)),
      );
      const own = e.multiply(rate, e.add(e.multiply(rest, steep), e.multiply((1 - beta1) * epsilon, twice)));
      const later = e.add(e.multiply(1 - beta1, firstAfter), e.multiply(2 * (1 - beta2), e.multiply(gradient, secondAfter)));
      const toGradient = variant === 'exact' ? e.subtract(later, own) : e.multiply(1 - beta1, first);
      return {
        gradient: toGradient,
        learningRate: e.multiply(e.negate(correction1), e.sum(e.multiply(moment, scaled))),
        before: {
          weights: e.add(dw, e.multiply(weightDecay, toGradient)),
          slots: [e.multiply(beta1, first), variant === 'exact' ? e.multiply(beta2, second) : e.multiply(0, secondAfter)],
        },
      };
    },

    undo: {
      weights: (after, scalars) => e.add(after.weights, move(after.slots, scalars)),

      slots(after, weightsBefore, lossGradient) {
        const [first, second] = after.slots as readonly [Node, Node];
        const gradient = e.add(lossGradient, e.multiply(weightDecay, weightsBefore));
        return [
          e.multiply(1 / beta1, e.subtract(first, e.multiply(1 - beta1, gradient))),
          e.multiply(1 / beta2, e.subtract(second, e.multiply(1 - beta2, e.square(gradient)))),
        ];
      },
    },
  };
}
