import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { valueOf } from '../../test/engine.js';
import * as e from './expressions.js';
import { Graph } from './graph.js';
import type { Node } from './node.js';
import { OpTable, standardFamilies } from './op-table.js';
import { program } from './program.js';
import type { Rewrite } from './rewrite.js';
import { fewRows } from './rewrites/few-rows.js';
import { reachable } from './walk.js';

describe('a graph', () => {
  it('makes equal nodes once', () => {
    const graph = new Graph();
    const [x, y] = [graph.input('x', [2]), graph.input('y', [2])];
    expect(e.add(e.exp(x), y)).toBe(e.add(e.exp(x), y));
    expect(e.sum(x, [0])).toBe(e.sum(x, [0]));
    expect(graph.input('x', [2])).toBe(x);
  });

  it('tells apart what differs in op, inputs, attributes, shape or type', () => {
    const graph = new Graph();
    const [x, y] = [graph.input('x', [2, 2]), graph.input('y', [2, 2])];
    const nodes = [
      e.exp(x),
      e.log(x),
      e.exp(y),
      e.add(x, y),
      e.add(y, x),
      e.sum(x, [0]),
      e.sum(x, [1]),
      e.sum(x, [0], true),
      graph.fill(1, [2]),
      graph.fill(1, [1, 2]),
      graph.fill(1, [2], 'int32'),
      graph.fill(2, [2]),
    ];
    expect(new Set(nodes).size).toBe(nodes.length);
  });

  it('rewrites each part of a value once, however many ways lead to it', () => {
    let tried = 0;
    const counted: Rewrite = {
      ...fewRows,
      apply: (...of) => {
        tried += 1;
        return fewRows.apply(...of);
      },
    };
    const graph = new Graph(new OpTable(standardFamilies, [counted]));
    const levels = 16;
    let x = graph.input('x', [8, 2]);
    for (let level = 0; level < levels; level++) x = e.add(x, e.tanh(x));
    e.gather(x, graph.constant(Int32Array.of(3, 1), [2], 'int32'));
    // a sum, a hyperbolic tangent, and the same again for the level below; there are 2^16 ways down
    expect(tried).toBeLessThanOrEqual(2 * levels + 2);
  });

  it('keeps NaN and the infinities apart', async () => {
    const graph = new Graph();
    const fills = [Infinity, -Infinity, Number.NaN, 0].map((value) => graph.fill(value, [1]));
    expect(new Set(fills).size).toBe(4);
    const both = e.concat(
      [Infinity, -Infinity].map((value) => graph.fill(value, [1])),
      0,
    );
    expect(await valueOf(both)).toEqual([Infinity, -Infinity]);
  });

  it('shares equal constants up to 1,024 values and turns uniform ones into fills', () => {
    const graph = new Graph();
    const counting = (length: number): Float32Array => Float32Array.from({ length }, (_, index) => index);
    const constant = (values: Float32Array): Node => graph.constant(values, [values.length], 'float32');
    expect(constant(counting(1024))).toBe(constant(counting(1024)));
    expect(constant(counting(1025))).not.toBe(constant(counting(1025)));
    expect(constant(Float32Array.of(1, 2))).not.toBe(constant(Float32Array.of(2, 1)));
    expect(constant(Float32Array.of(3, 3))).toBe(graph.fill(3, [2]));
  });

  it('labels nodes with the line that made them, and gradients with the line of their node', () => {
    const graph = new Graph();
    const x = graph.input('x', []);
    const outer = graph.withOrigin('a.ts:1', () => {
      const inner = graph.withOrigin('b.ts:2', () => e.exp(x));
      return [inner, graph.withOrigin(undefined, () => e.log(x))] as const;
    });
    expect(outer.map(({ origin }) => origin)).toEqual(['b.ts:2', 'a.ts:1']);
    expect(e.tanh(x).origin).toBeUndefined();
  });

  it('refuses a constant that does not fill its shape, and nodes of another graph', async () => {
    const graph = new Graph();
    expect(await errorOf(() => graph.constant(Float32Array.of(1, 2), [3], 'float32'))).toMatchObject({
      code: 'FARZI_INTERNAL',
      message: 'A constant of 2 values cannot have shape [3].',
    });
    expect(await errorOf(() => e.add(graph.input('x', []), new Graph().input('y', [])))).toMatchObject({
      code: 'FARZI_INTERNAL',
      message: 'The op Add mixes nodes of two graphs.',
    });
  });
});

describe('program', () => {
  it('leaves out nodes that no output needs and keeps declared inputs in their order', () => {
    const graph = new Graph();
    const [a, b, unused] = [graph.input('a', [2]), graph.input('b', [2]), graph.input('unused', [3])];
    const dead = e.exp(a);
    const result = program('p', [unused, b, a], { sum: e.add(a, b), again: e.add(a, b) });
    expect(result.inputs).toEqual([unused, b, a]);
    expect(result.nodes).not.toContain(dead);
    expect(result.nodes).toContain(unused);
    expect(result.nodes).toHaveLength(4);
    expect(result.outputs.map(({ name }) => name)).toEqual(['sum', 'again']);
  });

  it('refuses to leave out an input that an output needs', async () => {
    const graph = new Graph();
    const x = graph.input('x', []);
    expect(await errorOf(() => program('step', [], { y: e.exp(x) }))).toMatchObject({
      code: 'FARZI_INTERNAL',
      message: 'The program step needs the input x, which is not among its inputs.',
    });
  });

  it('lists every node after its inputs, whatever was built', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom('Add', 'Sub', 'Multiply', 'Maximum')), { maxLength: 30 }),
        (steps) => {
          const graph = new Graph();
          const made: Node[] = [graph.input('x', []), graph.input('y', [])];
          for (const [i, j, op] of steps) made.push(graph.apply(op, [made[i % made.length] as Node, made[j % made.length] as Node]));
          const last = made.at(-1) as Node;
          const { nodes } = program('p', made.slice(0, 2), { last });
          nodes.forEach((node, index) => {
            expect(node.inputs.every((input) => nodes.indexOf(input) < index && nodes.includes(input))).toBe(true);
          });
          for (const node of nodes) expect(node.op === 'Input' || reachable([last]).has(node)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});
