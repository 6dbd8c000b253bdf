import { expect, it } from 'vitest';
import { costOf } from './cost.js';
import * as e from './expressions.js';
import { Graph } from './graph.js';
import { program } from './program.js';

it('counts the operations of matrix products, whichever way round the operands are', () => {
  const graph = new Graph();
  const [a, b] = [graph.input('a', [3, 5]), graph.input('b', [7, 5])];
  expect(costOf(program('one', [a, b], { y: e.matMul(a, b, false, true) })).productOperations).toBe(2 * 3 * 5 * 7);
  const batched = e.matMul(graph.input('c', [2, 5, 3]), graph.input('d', [2, 5, 4]), true, false);
  expect(costOf(program('two', batched.inputs, { y: batched })).productOperations).toBe(2 * 2 * 3 * 5 * 4);
});

it('counts what is alive at once: inputs, outputs and views are not', () => {
  const graph = new Graph();
  const x = graph.input('x', [10]);
  const root = e.sqrt(x);
  const turned = e.reshape(root, [2, 5]);
  const other = e.exp(turned);
  // exp and the square root, which is read once more through its view
  const y = e.multiply(other, e.reshape(root, [2, 5]));
  const cost = costOf(program('views', [x], { y }));
  expect(cost).toMatchObject({ inputBytes: 40, outputBytes: 40, aliveBytes: 80, writtenBytes: 120, productOperations: 0 });
});

it('lets go of a value after it was read for the last time', () => {
  const graph = new Graph();
  const x = graph.input('x', [10]);
  let y = x;
  for (let turn = 0; turn < 20; turn++) y = e.sqrt(e.exp(y));
  const { aliveBytes, writtenBytes } = costOf(program('chain', [x], { y }));
  expect(aliveBytes).toBe(80);
  expect(writtenBytes).toBe(40 * 40);
});

it('counts truth values as one byte', () => {
  const graph = new Graph();
  const x = graph.input('x', [10]);
  const { outputBytes } = costOf(program('truth', [x], { y: e.greater(x, graph.fill(0, [10])) }));
  expect(outputBytes).toBe(10);
});
