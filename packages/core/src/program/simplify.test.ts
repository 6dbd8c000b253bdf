import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAllClose } from '../../test/allclose.js';
import { valueOf } from '../../test/engine.js';
import * as e from './expressions.js';
import { Graph } from './graph.js';
import type { Node } from './node.js';
import { program } from './program.js';
import { reachable } from './walk.js';

const X = [0.5, 1, 1.5, 2, 2.5, 3];
const plus = (by: number) => (value: number) => value + by;

/** What is built from `x` of shape [2, 3], what it must compute, and the ops that are left of it. */
interface Case {
  readonly name: string;
  readonly build: (x: Node) => Node;
  readonly plain: (value: number) => number;
  readonly ops: readonly string[];
}

const cases: readonly Case[] = [
  { name: 'x * 1', build: (x) => e.multiply(x, 1), plain: plus(0), ops: [] },
  { name: '1 * x', build: (x) => e.multiply(1, x), plain: plus(0), ops: [] },
  { name: 'x * ones of its shape', build: (x) => e.multiply(x, x.graph.fill(1, [2, 3])), plain: plus(0), ops: [] },
  { name: 'x + 0', build: (x) => e.add(x, 0), plain: plus(0), ops: [] },
  { name: '0 + x', build: (x) => e.add(0, x), plain: plus(0), ops: [] },
  { name: 'x - 0', build: (x) => e.subtract(x, 0), plain: plus(0), ops: [] },
  { name: 'x - x', build: (x) => e.subtract(x, x), plain: () => 0, ops: [] },
  { name: 'x * 0', build: (x) => e.multiply(x, 0), plain: () => 0, ops: [] },
  { name: '0 - x', build: (x) => e.subtract(0, x), plain: (v) => -v, ops: ['Neg'] },
  { name: 'x * -1', build: (x) => e.multiply(x, -1), plain: (v) => -v, ops: ['Neg'] },
  { name: '-(-x)', build: (x) => e.negate(e.negate(x)), plain: plus(0), ops: [] },
  { name: 'x + (-exp x)', build: (x) => e.add(x, e.negate(e.exp(x))), plain: (v) => v - Math.exp(v), ops: ['Exp', 'Sub'] },
  { name: '(-exp x) + x', build: (x) => e.add(e.negate(e.exp(x)), x), plain: (v) => v - Math.exp(v), ops: ['Exp', 'Sub'] },
  { name: 'x - (-exp x)', build: (x) => e.subtract(x, e.negate(e.exp(x))), plain: (v) => v + Math.exp(v), ops: ['Exp', 'Add'] },
  { name: 'x / 1', build: (x) => e.divide(x, 1), plain: plus(0), ops: [] },
  { name: 'x / 4', build: (x) => e.divide(x, 4), plain: (v) => v / 4, ops: ['Multiply'] },
  { name: '0 / x', build: (x) => e.divide(0, x), plain: () => 0, ops: [] },
  { name: '2 * (3 * x)', build: (x) => e.multiply(2, e.multiply(3, x)), plain: (v) => 6 * v, ops: ['Multiply'] },
  { name: '(x * 3) * 2', build: (x) => e.multiply(e.multiply(x, 3), 2), plain: (v) => 6 * v, ops: ['Multiply'] },
  { name: '2 * (-x)', build: (x) => e.multiply(2, e.negate(x)), plain: (v) => -2 * v, ops: ['Multiply'] },
  { name: 'x ** 0', build: (x) => e.power(x, 0), plain: () => 1, ops: [] },
  { name: 'x ** 1', build: (x) => e.power(x, 1), plain: plus(0), ops: [] },
  { name: 'x ** 2', build: (x) => e.power(x, 2), plain: (v) => v ** 2, ops: ['Multiply'] },
  { name: 'x ** 3', build: (x) => e.power(x, 3), plain: (v) => v ** 3, ops: ['Multiply', 'Multiply'] },
  { name: 'x ** 0.5', build: (x) => e.power(x, 0.5), plain: Math.sqrt, ops: ['Sqrt'] },
  { name: 'x ** -0.5', build: (x) => e.power(x, -0.5), plain: (v) => v ** -0.5, ops: ['Rsqrt'] },
  { name: 'x ** -1', build: (x) => e.power(x, -1), plain: (v) => 1 / v, ops: ['Reciprocal'] },
  { name: 'x ** 2.5', build: (x) => e.power(x, 2.5), plain: (v) => v ** 2.5, ops: ['Pow'] },
  { name: 'reshape chain', build: (x) => e.reshape(e.reshape(e.reshape(x, [6]), [3, 2]), [6, 1]), plain: plus(0), ops: ['Reshape'] },
  { name: 'reshape there and back', build: (x) => e.reshape(e.reshape(x, [6]), [2, 3]), plain: plus(0), ops: [] },
  { name: 'double transpose', build: (x) => e.transpose(e.transpose(x, [1, 0]), [1, 0]), plain: plus(0), ops: [] },
  {
    name: 'transpose of an axis of size 1',
    build: (x) => e.transpose(e.reshape(x, [2, 1, 3]), [1, 0, 2]),
    plain: plus(0),
    ops: ['Reshape'],
  },
  {
    name: 'x + broadcast 0.5',
    build: (x) => e.add(x, e.broadcastTo(e.sum(x.graph.fill(0.25, [2])), [2, 3])),
    plain: plus(0.5),
    ops: ['Add'],
  },
  { name: 'sum over an axis of size 1', build: (x) => e.sum(e.reshape(x, [2, 1, 3]), [1]), plain: plus(0), ops: [] },
  { name: 'cast to its own type', build: (x) => e.cast(x, 'float32'), plain: plus(0), ops: [] },
  { name: 'padding by nothing', build: (x) => e.pad(x, [0, 0], [0, 0]), plain: plus(0), ops: [] },
  { name: 'slice of the whole', build: (x) => e.slice(x, [0, 0], [2, 3]), plain: plus(0), ops: [] },
  { name: 'concat of one', build: (x) => e.concat([x], 1), plain: plus(0), ops: [] },
  { name: 'broadcast to its own shape', build: (x) => e.broadcastTo(x, [2, 3]), plain: plus(0), ops: [] },
  { name: 'stopped twice', build: (x) => e.stopGradient(e.stopGradient(x)), plain: plus(0), ops: ['StopGradient'] },
  { name: 'functions of constants', build: (x) => e.add(x, e.exp(x.graph.fill(0, [2, 3]))), plain: plus(1), ops: ['Add'] },
  {
    name: 'constants among themselves',
    build: (x) => e.add(x, e.multiply(x.graph.fill(2, [3]), x.graph.fill(3, [2, 1]))),
    plain: plus(6),
    ops: ['Add'],
  },
];

const opsOf = (node: Node): string[] =>
  [...reachable([node])]
    .map(({ op }) => op)
    .filter((op) => !['Input', 'Fill', 'Constant'].includes(op))
    .sort();

describe('local identities', () => {
  it.each(cases.map((each) => [each.name, each] as const))('%s', async (_name, { build, plain, ops }) => {
    const y = build(new Graph().input('x', [2, 3]));
    expect(opsOf(y)).toEqual([...ops].sort());
    expectAllClose(await valueOf(y, { x: X }), X.map(plain));
  });

  it('compose two permutations to one', async () => {
    const x = new Graph().input('x', [2, 3, 4]);
    const values = Array.from({ length: 24 }, (_, index) => index);
    const once = e.transpose(e.transpose(x, [2, 0, 1]), [1, 2, 0]);
    expect(once).toBe(x);
    const twice = e.transpose(e.transpose(x, [2, 0, 1]), [2, 0, 1]);
    expect(opsOf(twice)).toEqual(['Transpose']);
    expect(twice.shape).toEqual([3, 4, 2]);
    const expected = Array.from({ length: 24 }, (_, at) => {
      const [b, c, a] = [Math.floor(at / 8), Math.floor(at / 2) % 4, at % 2];
      return a * 12 + b * 4 + c;
    });
    expect(await valueOf(twice, { x: values })).toEqual(expected);
  });

  it('keep the shape of a sum of two constants, however large', async () => {
    const graph = new Graph();
    const both = e.add(graph.fill(1, [2, 3]), graph.fill(2, [2, 3]));
    expect(both.shape).toEqual([2, 3]);
    expect(await valueOf(both)).toEqual([3, 3, 3, 3, 3, 3]);
    expect(e.greater(graph.fill(1, [2, 3]), graph.fill(2, [2, 3])).shape).toEqual([2, 3]);
    const yes = e.greater(graph.input('x', []), 0);
    expect(e.select(yes, graph.fill(1, [4]), graph.fill(2, [4])).shape).toEqual([4]);
  });

  it('never drop an operand that widens the result', async () => {
    const x = new Graph().input('x', [3]);
    const wide = e.multiply(x, x.graph.fill(1, [2, 3]));
    expect(wide.shape).toEqual([2, 3]);
    expect(await valueOf(wide, { x: [1, 2, 3] })).toEqual([1, 2, 3, 1, 2, 3]);
    const row = x.graph.input('row', [1, 3]);
    const rows = e.add(row, x.graph.fill(0, [2, 3]));
    expect(rows.shape).toEqual([2, 3]);
    expect(await valueOf(rows, { row: [1, 2, 3] })).toEqual([1, 2, 3, 1, 2, 3]);
  });

  it('read a transposed operand of a product the other way round', async () => {
    const graph = new Graph();
    const [a, b, c] = [graph.input('a', [2, 3]), graph.input('b', [2, 3]), graph.input('c', [3, 4])];
    expect(e.matMul(e.transpose(a, [1, 0]), e.transpose(c, [1, 0]), true, true)).toBe(e.matMul(a, c));
    expect(opsOf(e.matMul(a, e.transpose(b, [1, 0])))).toEqual(['BatchMatMul']);
    expect(await valueOf(e.matMul(a, e.transpose(b, [1, 0])), { a: [1, 2, 3, 4, 5, 6], b: [1, 0, 1, 0, 1, 0] })).toEqual([4, 2, 10, 5]);
  });

  it('leave spreading out to what reads it', async () => {
    const graph = new Graph();
    const [x, column] = [graph.input('x', [2, 3]), graph.input('column', [2, 1])];
    const scaled = e.multiply(x, e.broadcastTo(column, [2, 3]));
    expect(opsOf(scaled)).toEqual(['Multiply']);
    expect(await valueOf(scaled, { x: [1, 2, 3, 4, 5, 6], column: [2, 3] })).toEqual([2, 4, 6, 12, 15, 18]);
    // here the other operand alone would be too small
    const wide = e.multiply(column, e.broadcastTo(column, [2, 3]));
    expect(wide.shape).toEqual([2, 3]);
    expect(await valueOf(wide, { column: [2, 3] })).toEqual([4, 4, 4, 9, 9, 9]);
  });

  it('compute only the rows that are gathered, where they are few', async () => {
    const graph = new Graph();
    const [x, w, rows] = [graph.input('x', [6, 1]), graph.input('w', [1, 2]), graph.input('rows', [2], 'int32')];
    const few = e.gather(e.add(e.relu(e.matMul(x, w)), graph.input('bias', [2])), rows);
    expect(few.op).toBe('Add');
    expect([...reachable([few])].find(({ op }) => op === 'BatchMatMul')?.shape).toEqual([2, 2]);
    expect(await valueOf(few, { x: X, w: [2, -1], rows: [4, 1], bias: [1, 3] })).toEqual([6, 3, 3, 3]);
    const many = graph.input('many', [4], 'int32');
    expect(e.gather(e.matMul(x, w), many).op).toBe('Gather');
  });

  it('are recognised as one layer normalisation', async () => {
    const x = new Graph().input('x', [2, 3]);
    const centred = e.subtract(x, e.mean(x, [1], true));
    const y = e.multiply(e.rsqrt(e.add(e.mean(e.square(centred), [1], true), 0.01)), centred);
    expect(opsOf(y)).toEqual(['Normalise']);
    const deviation = Math.sqrt(2 / 3 / 4 + 0.01);
    expectAllClose(
      await valueOf(y, { x: X }),
      [-0.5, 0, 0.5, -0.5, 0, 0.5].map((value) => value / deviation),
      1e-5,
    );
    // the mean of something else, or over another axis, is not it
    const other = e.multiply(e.rsqrt(e.add(e.mean(e.square(x), [1], true), 0.01)), centred);
    expect(opsOf(other)).not.toContain('Normalise');
    const columns = e.subtract(x, e.mean(x, [0], true));
    expect(opsOf(e.multiply(e.rsqrt(e.add(e.mean(e.square(columns), [0], true), 0.01)), columns))).not.toContain('Normalise');
  });

  it('are recognised as one log-softmax', async () => {
    const x = new Graph().input('x', [2, 3]);
    const shifted = e.subtract(x, e.max(x, [1], true));
    const y = e.subtract(shifted, e.log(e.sum(e.exp(shifted), [1], true)));
    expect(opsOf(y)).toEqual(['LogSoftmax']);
    const total = (row: number[]): number => Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
    expectAllClose(
      await valueOf(y, { x: X }),
      X.map((value, index) => value - total(X.slice(index < 3 ? 0 : 3, index < 3 ? 3 : 6))),
    );
  });
});

describe('a scale of rows', () => {
  const [rows, columns] = [3, 4];
  const x = Array.from({ length: rows * columns }, (_, index) => Math.sin(index));
  const s = [2, -1, 0.5];
  const scaled = x.map((value, index) => value * (s[Math.floor(index / columns)] ?? 0));
  const at = (matrix: readonly number[], width: number, i: number, j: number): number => matrix[i * width + j] ?? Number.NaN;

  /** Plain matrix product of `[m, n]` and `[n, p]`. */
  function product(a: readonly number[], b: readonly number[], m: number, n: number, p: number): number[] {
    return Array.from({ length: m * p }, (_, index) => {
      const [i, j] = [Math.floor(index / p), index % p];
      return Array.from({ length: n }, (__, k) => at(a, n, i, k) * at(b, p, k, j)).reduce((sum, value) => sum + value, 0);
    });
  }
  const transposed = (a: readonly number[], m: number, n: number): number[] =>
    Array.from({ length: m * n }, (_, index) => at(a, n, index % m, Math.floor(index / m)));

  const sides = {
    'leaves a left factor for the smaller product': { shape: [4, 2], flags: [false, false], left: true, moves: true, size: 6 },
    'leaves a left factor whatever side the scale is on': { shape: [2, 4], flags: [false, true], left: true, moves: true, size: 6 },
    'leaves a transposed left factor for the right one': { shape: [3, 2], flags: [true, false], left: true, moves: true, size: 6 },
    'stays where moving it would touch more': { shape: [4, 5], flags: [false, false], left: true, moves: false, size: 12 },
    'leaves a right factor for a transposed left one': { shape: [3, 2], flags: [true, false], left: false, moves: true, size: 6 },
  } as const;

  it.each(Object.entries(sides))('%s', async (_name, { shape, flags: [ta, tb], left, moves, size }) => {
    const graph = new Graph();
    const matrix = graph.input('x', [rows, columns]);
    const column = graph.input('s', [rows, 1]);
    const other = graph.input('b', shape);
    const b = Array.from({ length: shape[0] * shape[1] }, (_, index) => Math.cos(index));
    const scaledNode = tb ? e.multiply(column, matrix) : e.multiply(matrix, column);
    const node = left ? e.matMul(scaledNode, other, ta, tb) : e.matMul(other, scaledNode, ta, tb);
    const multiplied = program('p', [matrix, column, other], { node }).nodes.filter(({ op }) => op === 'Multiply');
    expect(multiplied.map((each) => each.shape.reduce((a, c) => a * c, 1))).toEqual([size]);
    expect(multiplied.includes(scaledNode)).toBe(!moves);
    const expected = left
      ? ta
        ? product(transposed(scaled, rows, columns), b, columns, rows, shape[1])
        : product(scaled, tb ? transposed(b, 2, 4) : b, rows, columns, tb ? 2 : shape[1])
      : product(transposed(b, 3, 2), scaled, 2, rows, columns);
    expectAllClose(await valueOf(node, { x, s, b }), expected);
  });
});

it('random expressions with many neutral constants keep their value', async () => {
  type Tree = number | 'x' | 'y' | { readonly op: 'add' | 'subtract' | 'multiply'; readonly a: Tree; readonly b: Tree };
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<Tree>(0, 1, -1, 2, 'x', 'y'),
      fc.record({ op: fc.constantFrom('add' as const, 'subtract' as const, 'multiply' as const), a: tie('tree'), b: tie('tree') }),
    ),
  }));
  const plain = (each: Tree, x: number, y: number): number => {
    if (typeof each === 'number') return each;
    if (typeof each === 'string') return each === 'x' ? x : y;
    const [a, b] = [plain(each.a, x, y), plain(each.b, x, y)];
    return each.op === 'add' ? a + b : each.op === 'subtract' ? a - b : a * b;
  };
  await fc.assert(
    fc.asyncProperty(tree, async (given) => {
      const graph = new Graph();
      const [x, y] = [graph.input('x', [2]), graph.input('y', [])];
      const build = (each: Tree): Node =>
        typeof each === 'number' ? graph.fill(each, [2]) : each === 'x' ? x : each === 'y' ? y : e[each.op](build(each.a), build(each.b));
      const node = build(given);
      // numbers are built with the shape of x
      const wide =
        JSON.stringify(given)
          .replaceAll('"y"', '')
          .search(/[0-9x]/) >= 0;
      expect(node.shape).toEqual(wide ? [2] : []);
      expectAllClose(await valueOf(e.broadcastTo(node, [2]), { x: [0.5, -2], y: [3] }), [plain(given, 0.5, 3), plain(given, -2, 3)], 1e-4);
    }),
    { numRuns: 60 },
  );
});
