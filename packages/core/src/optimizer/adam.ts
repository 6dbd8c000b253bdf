import * as e from '../program/expressions.js';
import type { Node } from '../program/node.js';
import type { Optimizer, StepScalars } from './optimizer.js';

/** Adam's settings. */
export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  /**
   * Added to the root of the second moment. Distillation wants it large (1e-5 .. 1e-3): meta-gradients through small
   * ones explode.
   */
  readonly epsilon: number;
  /** Coupled (L2): added to the gradient as `weightDecay · w`. */
  readonly weightDecay: number;
}

/** Options of Adam in a configuration. */
export const adamSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    beta1: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.9, description: 'decay of the mean of gradients' },
    beta2: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.999, description: 'decay of the mean of their squares' },
    epsilon: { type: 'number', exclusiveMinimum: 0, default: 1e-5, description: 'small values make meta-gradients explode' },
    weightDecay: { type: 'number', minimum: 0, default: 0, description: 'coupled (L2)' },
  },
} as const;

/**
 * Derivatives through smaller roots than that of the smallest normal number are cut off. Where v is 0, as for embedding
 * rows that never occur, so is m, and what goes through v is 0 and never NaN.
 */
const SMALLEST_ROOT = 1e-19;

type Moments = readonly [first: Node, second: Node];
type Corrections = 'correction1' | 'correction2';

/** What a step and its reverse compute alike. */
interface Rates {
  /**
   * Learning rate with the bias correction of the first moment, `[]`: numbers are multiplied with each other first, as
   * every product with a vector is a pass through memory.
   */
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
  function rates([, vAfter]: Moments, { learningRate, schedule }: StepScalars<Corrections>): Rates {
    const root = e.sqrt(e.multiply(vAfter, schedule.correction2));
    return {
      rate: e.multiply(learningRate, schedule.correction1),
      root,
      scale: e.reciprocal(e.add(root, epsilon)),
    };
  }
  /** How far a step moves the weights. */
  function move(after: Moments, scalars: StepScalars<Corrections>): Node {
    const { rate, scale } = rates(after, scalars);
    const [mAfter] = after;
    return e.multiply(rate, e.multiply(mAfter, scale));
  }

  const optimizer: Optimizer<Moments, Corrections> = {
    id: 'adam',
    slots: ['firstMoment', 'secondMoment'],
    schedule: (step) => ({ correction1: 1 / (1 - beta1 ** step), correction2: 1 / (1 - beta2 ** step) }),

    update({ weights, slots: [m, v] }, lossGradient, scalars) {
      const gradient = e.add(lossGradient, e.multiply(weightDecay, weights));
      const slots: Moments = [
        e.add(e.multiply(beta1, m), e.multiply(1 - beta1, gradient)),
        e.add(e.multiply(beta2, v), e.multiply(1 - beta2, e.square(gradient))),
      ];
      return { weights: e.subtract(weights, move(slots, scalars)), slots };
    },

    /*
     * The reverse of the step, derived; docs/numerics.md has the same under the same names. `m, v` are the moments
     * before the step, `mAfter, vAfter` those after it; `dw, dm, dv` are the cotangents of the state after it.
     * With `correction1 = 1 / (1-b1ᵗ)` and `correction2 = 1 / (1-b2ᵗ)` the step is
     *
     *   g      = lossGradient + weightDecay · w
     *   mAfter = b1 m + (1-b1) g                   vAfter = b2 v + (1-b2) g²
     *   rate   = lr · correction1                  root   = sqrt(correction2 · vAfter)
     *   scale  = 1 / (root + epsilon)              wAfter = w - rate · mAfter · scale
     *
     * 1. From wAfter to the moments. `scale` changes with vAfter by `-scale² · correction2 / (2 root)`, so that
     *
     *      first  = dm - rate · scaled             scaled        = scale · dw
     *      second = dv + throughSecond             throughSecond = ½ rate · correction2 · mAfter · steep
     *                                              steep         = scale² · dw / root
     *
     * 2. From the moments to g: what comes from later steps, less what comes from this step's own move.
     *
     *      dg    = (1-b1) first + 2 (1-b2) g · second = later - own
     *      later = (1-b1) dm + 2 (1-b2) g · dv
     *      own   = rate · ((1-b1) scaled - (1-b2) correction2 · g · mAfter · steep)
     *
     * 3. Adam's first steps are nearly sign steps: the two shares in `own` are nearly equal, and in floating point
     *    their difference would be rounding error. So both are written as multiples of `steep`. With
     *    `scaledTwice = scale² · dw = root · steep`, `scale = scale² · (root + epsilon)` and
     *    `root² = correction2 · vAfter`
     *
     *      (1-b1) scaled
     *        = (1-b1) (root² · steep + epsilon · scaledTwice)
     *        = correction2 ((1-b1) b2 v + (1-b1) (1-b2) g²) · steep + (1-b1) epsilon · scaledTwice
     *      (1-b2) correction2 · g · mAfter · steep
     *        = correction2 ((1-b2) b1 g m + (1-b2) (1-b1) g²) · steep
     *
     *    The terms with g² are the large ones, and the same in both. Subtracted on paper they are gone:
     *
     *      own  = rate · (rest · steep + (1-b1) epsilon · scaledTwice)
     *      rest = correction2 ((1-b1) b2 v - (1-b2) b1 g m)
     *
     * 4. To the state before the step: `b1 · first`, `b2 · second`, and `dw + weightDecay · dg`, to which the caller
     *    adds the Hessian-vector product along dg. The learning rate gets `-correction1 · Σ mAfter · scaled`.
     *
     * The variant `paper` carries the share of `throughSecond` in g along in the first moment (`firstKept`) and hands
     * nothing to v; `detached` leaves the share out.
     */
    adjoint({ before, after, cotangents, scalars, variant }) {
      const { rate, root, scale } = rates(after.slots, scalars);
      const { correction1, correction2 } = scalars.schedule;
      const [m, v] = before.slots;
      const [mAfter] = after.slots;
      const [dm, dv] = cotangents.slots;
      const dw = cotangents.weights;

      const g = e.multiply(1 / (1 - beta1), e.subtract(mAfter, e.multiply(beta1, m)));
      const scaled = e.multiply(scale, dw);
      const scaledTwice = e.multiply(scaled, scale);
      const steep = e.multiply(scaledTwice, e.reciprocal(e.maximum(root, SMALLEST_ROOT)));

      const throughSecond = e.multiply(e.multiply(0.5, e.multiply(rate, correction2)), e.multiply(mAfter, steep));
      const first = e.subtract(dm, e.multiply(rate, scaled));
      const folded = e.multiply((2 * (1 - beta2)) / (1 - beta1), e.multiply(g, throughSecond));
      const firstKept = variant === 'paper' ? e.add(first, folded) : first;
      const second = e.add(dv, throughSecond);

      const rest = e.subtract(
        e.multiply(e.multiply((1 - beta1) * beta2, correction2), v),
        e.multiply(e.multiply((1 - beta2) * beta1, correction2), e.multiply(g, m)),
      );
      const own = e.multiply(rate, e.add(e.multiply(rest, steep), e.multiply((1 - beta1) * epsilon, scaledTwice)));
      const later = e.add(e.multiply(1 - beta1, dm), e.multiply(2 * (1 - beta2), e.multiply(g, dv)));
      const dg = variant === 'exact' ? e.subtract(later, own) : e.multiply(1 - beta1, firstKept);

      return {
        gradient: dg,
        learningRate: e.multiply(e.negate(correction1), e.sum(e.multiply(mAfter, scaled))),
        before: {
          weights: e.add(dw, e.multiply(weightDecay, dg)),
          slots: [e.multiply(beta1, firstKept), variant === 'exact' ? e.multiply(beta2, second) : e.multiply(0, dv)],
        },
      };
    },

    undo: {
      weights: (after, scalars) => e.add(after.weights, move(after.slots, scalars)),

      slots(after, weightsBefore, lossGradient) {
        const [first, second] = after.slots;
        const gradient = e.add(lossGradient, e.multiply(weightDecay, weightsBefore));
        return [
          e.multiply(1 / beta1, e.subtract(first, e.multiply(1 - beta1, gradient))),
          e.multiply(1 / beta2, e.subtract(second, e.multiply(1 - beta2, e.square(gradient)))),
        ];
      },
    },
  };
  return optimizer;
}
