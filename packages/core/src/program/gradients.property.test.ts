import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Interpreter } from '../../test/interpreter.js';
import * as e from './expressions.js';
import { gradients } from './gradients.js';
import { Graph } from './graph.js';
import { type Node } from './node.js';

const ROWS = 3;
const STEP = 1e-5;

/** Makes a matrix `[ROWS, ROWS]` of earlier ones; all are smooth, and none grows much. */
const moves: readonly ((pick: (at: number) => Node) => Node)[] = [
  (pick) => e.add(pick(0), pick(1)),
  (pick) => e.subtract(pick(0), pick(1)),
  (pick) => e.multiply(pick(0), pick(1)),
  (pick) => e.multiply(0.5, pick(0)),
  (pick) => e.multiply(2, pick(0)),
  (pick) => e.negate(pick(0)),
  (pick) => e.divide(pick(0), e.add(2, e.sigmoid(pick(1)))),
  (pick) => e.tanh(pick(0)),
  (pick) => e.exp(e.multiply(0.1, pick(0))),
  (pick) => e.softmax(pick(0)),
  (pick) => e.multiply(0.3, e.matMul(pick(0), pick(1), false, true)),
  (pick) => e.transpose(pick(0), [1, 0]),
  (pick) => e.reshape(e.reshape(pick(0), [ROWS * ROWS]), [ROWS, ROWS]),
  (pick) => e.concat([e.slice(pick(0), [1, 0], [2, ROWS]), e.slice(pick(1), [0, 0], [1, ROWS])], 0),
  (pick) => e.pad(e.slice(pick(0), [0, 1], [ROWS, 2]), [0, 0], [0, 1]),
  (pick) => e.add(pick(0), e.sum(pick(1), [0], true)),
  (pick) => e.multiply(e.slice(pick(0), [0, 0], [ROWS, 1]), pick(1)),
  (pick) => e.subtract(pick(0), e.mean(pick(0), [1], true)),
];

/** One node more: which move, on which earlier nodes, and whether it becomes a leaf. */
const growth = fc.record({ move: fc.nat(moves.length - 1), picks: fc.tuple(fc.nat(), fc.nat()), leaf: fc.boolean() });

type Step = { readonly move: number; readonly picks: readonly [number, number]; readonly leaf: boolean };

interface Grown {
  readonly scalar: Node;
  /** Inputs and inner leaves, in the order in which they were made. */
  readonly leaves: readonly Node[];
}

/**
 * @param cut - the leaf that an input of the name `cut` stands in for: nothing can be simplified past that, so it shows
 * what is right
 */
function grow(steps: readonly Step[], cut = -1): Grown {
  const graph = new Graph();
  const leaves: Node[] = [];
  const asLeaf = (make: () => Node): Node => {
    const leaf = leaves.length === cut ? graph.input('cut', [ROWS, ROWS]) : make();
    leaves.push(leaf);
    return leaf;
  };
  const nodes = ['a', 'b'].map((name) => asLeaf(() => graph.input(name, [ROWS, ROWS])));
  for (const { move, picks, leaf } of steps) {
    const made = (moves[move] as (typeof moves)[number])((at) => nodes[(picks[at] ?? 0) % nodes.length] as Node);
    nodes.push(leaf ? asLeaf(() => e.leaf(made)) : made);
  }
  const weights = Float32Array.from({ length: ROWS * ROWS }, (_, index) => Math.cos(index));
  const last = nodes.slice(-3).reduce((total, node) => e.add(total, node));
  return { scalar: e.sum(e.multiply(last, e.constant(last, weights, [ROWS, ROWS]))), leaves };
}

const inputs = {
  a: Array.from({ length: ROWS * ROWS }, (_, index) => Math.sin(index + 1)),
  b: Array.from({ length: ROWS * ROWS }, (_, index) => Math.cos(2 * index)),
};
const along = Array.from({ length: ROWS * ROWS }, (_, index) => Math.sin(3 * index + 1));
const valuesOf = (node: Node, cut: readonly number[] = []): number[] => [...(new Interpreter({ ...inputs, cut }).values([node])[0] ?? [])];

/** How a scalar changes as one leaf moves, by central differences in float64 in a graph where that leaf is an input. */
function slope(steps: readonly Step[], cut: number, scalarOf: (grown: Grown) => Node): number {
  const here = valuesOf(grow(steps).leaves[cut] as Node);
  const scalar = scalarOf(grow(steps, cut));
  const at = (by: number): number =>
    valuesOf(
      scalar,
      here.map((value, index) => value + by * (along[index] as number)),
    )[0] as number;
  return (at(STEP) - at(-STEP)) / (2 * STEP);
}

/** The same as a derivative says. */
const claimed = (gradient: Node): number => valuesOf(gradient).reduce((sum, value, at) => sum + value * (along[at] as number), 0);

function expectClose(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected)));
}

describe('gradients with respect to inputs and inner leaves of random graphs', () => {
  const steps = fc.array(growth, { minLength: 2, maxLength: 12 });

  it('agree with central differences', () => {
    fc.assert(
      fc.property(steps, (given) => {
        const { scalar, leaves } = grow(given);
        gradients(scalar, leaves).forEach((gradient, index) => {
          expectClose(
            claimed(gradient),
            slope(given, index, (grown) => grown.scalar),
          );
        });
      }),
      { seed: 17, numRuns: 300 },
    );
  });

  it('agree to the second order, across leaves', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (given, chosen) => {
        const { leaves, scalar } = grow(given);
        const of = chosen % leaves.length;
        /** The derivative with respect to one leaf, along a direction. */
        const inner = (grown: Grown): Node => {
          const [first] = gradients(grown.scalar, [grown.leaves[of] as Node]);
          return e.sum(e.multiply(first, e.constant(first, Float32Array.from(along), [ROWS, ROWS])));
        };
        // a leaf that another is built on cannot be cut off from it: the derivative with respect to it goes through the
        // other
        const earlier = leaves.slice(0, of + 1);
        gradients(inner({ leaves, scalar }), earlier).forEach((gradient, index) => {
          expectClose(claimed(gradient), slope(given, index, inner));
        });
      }),
      { seed: 18, numRuns: 200 },
    );
  });
});
