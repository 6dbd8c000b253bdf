import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf, expectAllClose } from '../../test/allclose.js';
import { valuesOf } from '../../test/engine.js';
import * as e from './expressions.js';
import { gradients } from './gradients.js';
import { Graph } from './graph.js';
import type { Node } from './node.js';

const derivative = (y: Node, x: Node): Node => gradients(e.sum(y), [x])[0];

describe('gradients', () => {
  it('of a polynomial are right to the third order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 5, maxLength: 5 }), async (coefficients) => {
        const x = new Graph().input('x', [3]);
        const y = coefficients
          .map((factor, power) => e.multiply(factor, e.power(x, power)))
          .reduce((total, term) => e.add(total, term), e.multiply(0, x));
        const first = derivative(y, x);
        const second = derivative(first, x);
        const nodes = { first, second, third: derivative(second, x) };
        const at = [-1.5, 0.5, 2];
        const results = await valuesOf(nodes, { x: at });
        const falling = (power: number, order: number): number =>
          Array.from({ length: order }, (_, index) => power - index).reduce((a, b) => a * b, 1);
        Object.values(results).forEach((values, index) => {
          const order = index + 1;
          const expected = at.map((point) =>
            coefficients.reduce((sum, factor, power) => sum + factor * falling(power, order) * point ** Math.max(0, power - order), 0),
          );
          expectAllClose(values, expected, 1e-4);
        });
      }),
      { numRuns: 20 },
    );
  });

  it('of composed functions are right to the third order', async () => {
    const x = new Graph().input('x', [2]);
    const first = derivative(e.exp(e.sin(x)), x);
    const second = derivative(first, x);
    const at = [0.3, -1.1];
    const { third } = await valuesOf({ third: derivative(second, x) }, { x: at });
    const expected = at.map((v) => {
      const [s, c] = [Math.sin(v), Math.cos(v)];
      return Math.exp(s) * (c ** 3 - 3 * s * c - c);
    });
    expectAllClose(third, expected, 1e-5);
  });

  it('add up over every path, and hold inputs of inputs apart', async () => {
    const graph = new Graph();
    const x = graph.input('x', [2]);
    const y = e.leaf(e.exp(x));
    const z = e.add(e.multiply(x, y), e.square(y));
    const [toX, toY] = gradients(e.sum(z), [x, y]);
    const results = await valuesOf({ toX, toY }, { x: [0, 1] });
    const E = Math.E;
    expectAllClose(results.toX, [1 + 0 + 2, E + E + 2 * E * E], 1e-5);
    expectAllClose(results.toY, [0 + 2, 1 + 2 * E], 1e-5);
  });

  it('are zeros where the scalar does not depend on an input, and one for the scalar itself where it is a leaf', () => {
    const graph = new Graph();
    const [x, other, ids] = [graph.input('x', [2]), graph.input('other', [3, 2]), graph.input('ids', [2], 'int32')];
    const scalar = e.leaf(e.sum(e.exp(e.gather(x, ids))));
    const [toOther, toIds, toItself] = gradients(scalar, [other, ids, scalar]);
    expect(toOther).toBe(graph.fill(0, [3, 2]));
    expect(toIds).toBe(graph.fill(0, [2]));
    expect(toItself).toBe(graph.fill(1, []));
  });

  it('share nodes when taken twice', () => {
    const x = new Graph().input('x', [2]);
    const y = e.sum(e.tanh(x));
    expect(gradients(y, [x])[0]).toBe(gradients(y, [x])[0]);
  });

  it('carry the line of the op they come from', () => {
    const graph = new Graph();
    const x = graph.input('x', [2]);
    const y = graph.withOrigin('model.ts:7', () => e.sum(e.tanh(x)));
    expect(derivative(y, x).origin).toBe('model.ts:7');
  });

  it.each([
    ['float32 [2, 1]', (graph: Graph) => graph.input('x', [2, 1])],
    ['int32 []', (graph: Graph) => graph.input('x', [], 'int32')],
  ])('start from one float, not from %s', async (given, make) => {
    const graph = new Graph();
    const from = make(graph);
    expect(await errorOf(() => gradients(from, [from]))).toMatchObject({
      code: 'FARZI_SHAPE',
      message: `Gradients start from one float32 number, not from ${given}.`,
    });
  });

  it('start from a scalar of any rank', async () => {
    const x = new Graph().input('x', [1, 1]);
    const [slope] = gradients(e.square(x), [x]);
    expect(await valuesOf({ slope }, { x: [3] })).toEqual({ slope: [6] });
  });

  it('with respect to a node that simplification could pass by are refused, and right with respect to a leaf', async () => {
    const x = new Graph().input('x', [2]);
    const twice = e.multiply(2, x);
    expect(e.multiply(0.5, twice)).toBe(x);
    expect(await errorOf(() => gradients(e.sum(e.multiply(0.5, twice)), [twice]))).toMatchObject({
      code: 'FARZI_NOT_A_LEAF',
      message: expect.stringMatching(/^A gradient with respect to Multiply#\d+ is asked for, which is not a leaf\.$/),
      hint: 'Pass the node through leaf() and build on the result; then ask for the gradient with respect to that.',
    });
    const leaf = e.leaf(twice);
    const [gradient] = gradients(e.sum(e.multiply(0.5, leaf)), [leaf]);
    expectAllClose((await valuesOf({ gradient }, { x: [1, 5] })).gradient, [0.5, 0.5]);
  });
});
