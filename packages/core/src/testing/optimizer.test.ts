import { describe, expect, it } from 'vitest';
import { adjointOf } from '../optimizer/adjoint.js';
import type { OptimizerDefinition } from '../optimizer/definition.js';
import type { Optimizer, OptimizerNodes, ReverseStep } from '../optimizer/optimizer.js';
import { sgd } from '../optimizer/sgd.js';
import { noOptions } from '../options/schema.js';
import { builtInPlugin } from '../plugin/built-in.js';
import * as e from '../program/expressions.js';
import type { Node } from '../program/node.js';
import { checkOptimizer } from './optimizer.js';

const builtIn = (id: string): OptimizerDefinition => builtInPlugin.optimizers?.find((each) => each.id === id) as OptimizerDefinition;

it.each([
  ['adam', {}],
  ['adam', { epsilon: 1e-3, weightDecay: 0.1 }],
  ['adam', { beta1: 0.5, beta2: 0.9 }],
  ['sgd', {}],
  ['sgd', { momentum: 0, weightDecay: 0.1 }],
])('%s keeps the contract with %o', async (id, options) => {
  await expect(checkOptimizer(builtIn(id), { options })).resolves.toBeUndefined();
});

const sound = sgd({ momentum: 0.9, weightDecay: 0.1 });
const optimizer = (change: Partial<Optimizer>): OptimizerDefinition => ({
  id: 'broken',
  schema: noOptions,
  create: () => ({ ...sound, id: 'broken', ...change }),
});
/** An optimizer whose exact adjoint follows from its update. */
const derived = (update: Optimizer['update'], more: Partial<Optimizer> = {}): OptimizerDefinition => {
  const { undo: _undo, ...rest } = sound;
  return { id: 'broken', schema: noOptions, create: () => ({ ...rest, update, adjoint: adjointOf(update), ...more }) };
};
/** Gradient descent with one part of its adjoint changed. */
const adjointWith = (change: (step: ReverseStep) => Partial<ReturnType<Optimizer['adjoint']>>): OptimizerDefinition =>
  optimizer({ adjoint: (step) => ({ ...sound.adjoint(step), ...change(step) }) });
const before = (step: ReverseStep, change: Partial<OptimizerNodes>): { before: OptimizerNodes } => ({
  before: { ...sound.adjoint(step).before, ...change },
});

describe('checkOptimizer finds an optimizer', () => {
  let calls = 0;
  const rows: readonly (readonly [string, OptimizerDefinition, string | RegExp])[] = [
    [
      'with two slots of one name',
      optimizer({ slots: ['velocity', 'velocity'] }),
      'broken: Two slots have the same name: velocity, velocity.',
    ],
    [
      'whose schedule changes its names',
      optimizer({ schedule: (step) => (step > 2 ? { late: 1 } : {}) }),
      'broken: The schedule gives nothing at step 1 and late at step 10.',
    ],
    [
      'whose schedule is not finite',
      optimizer({ schedule: (step) => ({ rate: 1 / (step - 2) }) }),
      'broken: The schedule gives rate = Infinity at step 2.',
    ],
    [
      'that loses a slot',
      optimizer({ update: (...given) => ({ ...sound.update(...given), slots: [] }) }),
      'broken: The function update gives 0 slots, not 1.',
    ],
    [
      'that changes a shape',
      optimizer({ update: (...given) => ({ ...sound.update(...given), slots: [e.sum(given[1])] }) }),
      'broken: The function update gives slot.velocity as float32 [], not float32 [12].',
    ],
    [
      'that counts its calls',
      derived((state, gradient, scalars) => sound.update(state, e.multiply(1 + calls++ / 10, gradient), scalars)),
      /^broken: The same step gives another weights when it is taken or built again \(step 1\)\.$/,
    ],
    [
      'that divides by gradients',
      derived((state, gradient, scalars) => sound.update(state, e.divide(e.square(gradient), gradient), scalars)),
      "broken: The state's weights is not finite after step 1; gradients are 0 in places.",
    ],
    [
      'whose adjoint divides by gradients',
      adjointWith((step) => ({ gradient: e.divide(e.multiply(step.gradient, sound.adjoint(step).gradient), step.gradient) })),
      "broken: The exact adjoint's derivative in gradient is not finite at step 1; gradients are 0 in places.",
    ],
    [
      'whose adjoint is of another shape',
      adjointWith(({ cotangents }) => ({ learningRate: cotangents.weights })),
      'broken: The function adjoint (exact) gives the learning rate as float32 [12], not float32 [].',
    ],
    [
      'with a wrong derivative in the gradient',
      adjointWith((step) => ({ gradient: e.multiply(1.01, sound.adjoint(step).gradient) })),
      /^broken: The exact adjoint's derivative in gradient, from weights, of weights whose gradients are never 0 is not that of update at step/,
    ],
    [
      'with a wrong derivative in the gradient where gradients are 0',
      adjointWith((step) => ({ gradient: e.select(e.equal(step.gradient, 0), 0, sound.adjoint(step).gradient) })),
      /^broken: .* in gradient, from weights, of weights whose gradients are 0 now and then is not that of update at step 2/,
    ],
    [
      'with a wrong derivative in the weights',
      adjointWith((step) => before(step, { weights: step.cotangents.weights })),
      /^broken: The exact adjoint's derivative in weights, from weights, of weights .* is not that of update/,
    ],
    [
      'with a wrong derivative in a slot',
      adjointWith((step) => before(step, { slots: [step.cotangents.slots[0] as Node] })),
      /^broken: The exact adjoint's derivative in slot.velocity, from weights, of weights .* is not that of update/,
    ],
    [
      'with a wrong derivative in the learning rate',
      adjointWith((step) => ({ learningRate: e.multiply(0, sound.adjoint(step).learningRate) })),
      /^broken: The exact adjoint's derivative in learningRate, from weights, is not that of update/,
    ],
    [
      'that holds constant what it should differentiate',
      derived((state, gradient, scalars) => sound.update({ ...state, slots: state.slots.map(e.stopGradient) }, gradient, scalars)),
      /^broken: The derivative in slot.velocity, from weights, is not what central differences of update say at step/,
    ],
    [
      'that undoes weights wrongly',
      optimizer({ undo: { slots: (...given) => sound.undo?.slots(...given) ?? [], weights: ({ weights }) => weights } }),
      'broken: The function undo.weights does not give the weights before step 1.',
    ],
    [
      'that undoes slots wrongly',
      optimizer({ undo: { weights: (...given) => sound.undo?.weights(...given) as Node, slots: ({ slots }) => slots } }),
      /^broken: Step 1 undone and done again gives another/,
    ],
  ];
  it.each(rows)('%s', async (_name, definition, message) => {
    await expect(checkOptimizer(definition)).rejects.toThrow(message);
  });
});
