import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import { valuesOf } from '../../test/engine.js';
import { invariant } from '../errors.js';
import { Graph } from '../program/graph.js';
import type { Node } from '../program/node.js';
import { adam } from './adam.js';
import { adjointOf } from './adjoint.js';
import type { Optimizer } from './optimizer.js';
import { sgd } from './sgd.js';

/** One optimizer by the book: the weights after some steps along given gradients. */
type ByTheBook = (weights: number, gradients: readonly number[], learningRate: number) => number;

const bookAdam =
  (beta1: number, beta2: number, epsilon: number, decay: number): ByTheBook =>
  (start, gradients, rate) => {
    let [w, m, v] = [start, 0, 0];
    gradients.forEach((given, index) => {
      const g = given + decay * w;
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      w -= (rate * (m / (1 - beta1 ** (index + 1)))) / (Math.sqrt(v / (1 - beta2 ** (index + 1))) + epsilon);
    });
    return w;
  };
const bookSgd =
  (momentum: number, decay: number): ByTheBook =>
  (start, gradients, rate) => {
    let [w, u] = [start, 0];
    for (const given of gradients) {
      u = momentum * u + given + decay * w;
      w -= rate * u;
    }
    return w;
  };

/** A new optimizer, or another setting of one, is a new row. */
const rows: readonly (readonly [string, Optimizer, ByTheBook])[] = [
  ['adam', adam({ beta1: 0.9, beta2: 0.999, epsilon: 1e-3, weightDecay: 0 }), bookAdam(0.9, 0.999, 1e-3, 0)],
  ['adam without momentum', adam({ beta1: 0, beta2: 0.9, epsilon: 1e-3, weightDecay: 0 }), bookAdam(0, 0.9, 1e-3, 0)],
  // a decay of 1/4 is exact in float32: where gradient and decay cancel out, both sides see 0 and not its rounding
  ['adam with weight decay', adam({ beta1: 0.8, beta2: 0.9, epsilon: 1e-5, weightDecay: 0.25 }), bookAdam(0.8, 0.9, 1e-5, 0.25)],
  ['sgd', sgd({ momentum: 0, weightDecay: 0 }), bookSgd(0, 0)],
  ['sgd with momentum', sgd({ momentum: 0.9, weightDecay: 0 }), bookSgd(0.9, 0)],
  ['sgd with momentum and weight decay', sgd({ momentum: 0.5, weightDecay: 0.2 }), bookSgd(0.5, 0.2)],
];

/** Runs steps of an optimizer on an engine, unrolled into one program. */
function afterSteps(optimizer: Optimizer, size: number, steps: number) {
  const graph = new Graph();
  const learningRate = graph.input('learningRate', []);
  let state = { weights: graph.input('weights', [size]), slots: optimizer.slots.map(() => graph.fill(0, [size])) };
  for (let step = 1; step <= steps; step++) {
    const schedule = Object.fromEntries(Object.entries(optimizer.schedule(step)).map(([key, value]) => [key, graph.fill(value, [])]));
    state = { ...optimizer.update(state, graph.input(`gradient${step}`, [size]), { learningRate, schedule }) } as typeof state;
  }
  return state;
}

describe.each(rows)('%s', (_name, optimizer, book) => {
  it('takes the steps that its formula says', async () => {
    const numbers = fc.array(
      fc.integer({ min: -50, max: 50 }).map((value) => value / 16),
      { minLength: 3, maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(numbers, fc.array(numbers, { minLength: 1, maxLength: 4 }), async (weights, gradients) => {
        const { weights: after } = afterSteps(optimizer, 3, gradients.length);
        const given = {
          weights,
          learningRate: [0.1],
          ...Object.fromEntries(gradients.map((values, index) => [`gradient${index + 1}`, values])),
        };
        const expected = weights.map((start, at) =>
          book(
            start,
            gradients.map((values) => values[at] ?? 0),
            0.1,
          ),
        );
        expectAllClose((await valuesOf({ after }, given)).after, expected, 1e-4);
      }),
      { numRuns: 12 },
    );
  });

  it('has the exact adjoint that its update has', async () => {
    const graph = new Graph();
    const before = { weights: graph.input('weights', [2]), slots: optimizer.slots.map((slot) => graph.input(slot, [2])) };
    const gradient = graph.input('gradient', [2]);
    const cotangents = { weights: graph.input('to', [2]), slots: optimizer.slots.map((slot) => graph.input(`to ${slot}`, [2])) };
    const schedule = Object.fromEntries(Object.entries(optimizer.schedule(3)).map(([key, value]) => [key, graph.fill(value, [])]));
    const scalars = { learningRate: graph.input('learningRate', []), schedule };
    const after = optimizer.update(before, gradient, scalars);
    const pulled = (adjoint: Optimizer['adjoint']) => {
      const back = adjoint({ before, after, gradient, cotangents, scalars, variant: 'exact' });
      const slots = Object.fromEntries(back.before.slots.map((slot, index) => [`slot${index}`, slot]));
      return valuesOf(
        { gradient: back.gradient, learningRate: back.learningRate, weights: back.before.weights, ...slots },
        {
          ...{ weights: [1, -2], gradient: [0.5, -0.25], to: [0.75, -1], learningRate: [0.1] },
          ...Object.fromEntries(optimizer.slots.flatMap((slot) => [[slot, [0.25, 0.5]] as const, [`to ${slot}`, [-0.5, 1.5]] as const])),
        },
      );
    };
    const [own, derived] = [await pulled(optimizer.adjoint), await pulled(adjointOf(optimizer.update))];
    for (const [name, values] of Object.entries(derived)) expectAllClose(own[name as keyof typeof own], values, 1e-4);
  });

  it('undoes a step', async () => {
    const graph = new Graph();
    const before = { weights: graph.input('weights', [2]), slots: optimizer.slots.map((slot) => graph.input(slot, [2])) };
    const gradient = graph.input('gradient', [2]);
    const schedule = Object.fromEntries(Object.entries(optimizer.schedule(7)).map(([key, value]) => [key, graph.fill(value, [])]));
    const scalars = { learningRate: graph.fill(0.01, []), schedule };
    const after = optimizer.update(before, gradient, scalars);
    const { undo } = optimizer;
    invariant(undo, 'Both built-in optimizers can undo a step.');
    const weights = undo.weights(after, scalars);
    const slots = undo.slots(after, weights, gradient);
    const slotValues = Object.fromEntries(optimizer.slots.map((slot) => [slot, [0.25, 0.5]]));
    const undone = await valuesOf(
      { weights, ...Object.fromEntries(slots.map((slot, index) => [`slot${index}`, slot])) },
      { weights: [1, -2], gradient: [0.5, -0.25], ...slotValues },
    );
    expectAllClose(undone.weights, [1, -2], 1e-5);
    if (optimizer.id === 'adam' || _name.includes('momentum')) {
      // what beta1 = 0 forgot cannot be found again
      const kept = Object.entries(undone).filter(
        ([name]) => name.startsWith('slot') && !(name === 'slot0' && _name === 'adam without momentum'),
      );
      for (const [, values] of kept) expectAllClose(values, [0.25, 0.5], 1e-3);
    }
    expect(slots).toHaveLength(optimizer.slots.length);
  });
});

it("Adam's reverse step is 0 where nothing ever moved, and cut off where second moments have underflowed", async () => {
  const optimizer = adam({ beta1: 0.9, beta2: 0.999, epsilon: 1e-3, weightDecay: 0 });
  const graph = new Graph();
  const state = { weights: graph.input('weights', [2]), slots: optimizer.slots.map(() => graph.fill(0, [2])) };
  const schedule = Object.fromEntries(Object.entries(optimizer.schedule(1)).map(([key, value]) => [key, graph.fill(value, [])]));
  const scalars = { learningRate: graph.fill(0.01, []), schedule };
  const lossGradient = graph.input('gradient', [2]);
  const after = optimizer.update(state, lossGradient, scalars);
  const cotangents = { weights: graph.fill(1, [2]), slots: optimizer.slots.map(() => graph.fill(0, [2])) };
  const { gradient, before } = optimizer.adjoint({ before: state, after, gradient: lossGradient, cotangents, scalars, variant: 'exact' });
  const [, second] = before.slots as readonly [Node, Node];
  const values = await valuesOf({ gradient, second }, { weights: [1, 1], gradient: [0, 1e-25] });
  // d w' / d g = -rate / epsilon at g = 0
  expectAllClose(values.gradient, [-10, -10], 1e-4);
  expect(values.second?.[0]).toBe(0);
  // by the book 5e6, through a root of 1e-25
  expect(Math.abs(values.second?.[1] ?? Number.NaN)).toBeLessThan(10);
});
