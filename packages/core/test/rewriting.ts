import { expect, it } from 'vitest';
import * as e from '../src/program/expressions.js';
import { gradients } from '../src/program/gradients.js';
import { Graph } from '../src/program/graph.js';
import { inputName, type Node, type NodeGraph, sizeOf } from '../src/program/node.js';
import { OpTable, standardFamilies } from '../src/program/op-table.js';
import type { Rewrite } from '../src/program/rewrite.js';
import { rewrites } from '../src/program/rewrites/index.js';
import { reachable } from '../src/program/walk.js';
import { expectAllClose } from './allclose.js';
import { valuesOf } from './engine.js';

/** Builds a node on inputs that it makes with `input(name, shape)`. */
type Build = (input: (name: string, shape: readonly number[]) => Node, graph: NodeGraph) => Node;

/** What a rewrite does, by examples. */
export interface RewriteExamples {
  /** Has the pattern. */
  readonly find: Readonly<Record<string, Build>>;
  /** An op that only the rewritten graph has (`makes`) or only the other one (`drops`). */
  readonly makes?: string;
  readonly drops?: string;
  /** Has almost the pattern: must be left alone. */
  readonly leave: Readonly<Record<string, Build>>;
}

interface Built {
  readonly node: Node;
  readonly inputs: readonly Node[];
  /** Ops with the shapes of what they make, sorted. */
  readonly ops: readonly string[];
}

const has = ({ ops }: Built, op: string): boolean => ops.some((each) => each.startsWith(`${op} `));

function build(table: OpTable, body: Build): Built {
  const graph = new Graph(table);
  const inputs: Node[] = [];
  const node = body((name, shape) => {
    const made = graph.input(name, shape);
    inputs.push(made);
    return made;
  }, graph);
  return { node, inputs, ops: [...reachable([node])].map(({ op, shape }) => `${op} [${shape.join(', ')}]`).sort() };
}

/** Numbers between -1 and 1 that differ from each other. */
const given = (inputs: readonly Node[]): Record<string, number[]> =>
  Object.fromEntries(
    inputs.map((input, at) => [inputName(input), Array.from({ length: sizeOf(input.shape) }, (_, index) => Math.sin(1 + index + 10 * at))]),
  );

/** Value, gradients and second derivatives along a direction. */
async function computed({ node, inputs }: Built): Promise<number[]> {
  const weights = Float32Array.from({ length: sizeOf(node.shape) }, (_, index) => Math.cos(index));
  const first = gradients(e.sum(e.multiply(node, e.constant(node, weights, node.shape))), inputs);
  const inner = first.map((gradient) => e.sum(e.multiply(gradient, e.tanh(gradient)))).reduce((total, each) => e.add(total, each));
  const second = gradients(inner, inputs);
  const nodes = Object.fromEntries([node, ...first, ...second].map((each, index) => [`${index}`, each]));
  return Object.values(await valuesOf(nodes, given(inputs))).flat();
}

/** Tests of one rewrite: it finds its pattern and nothing near it, and changes neither values nor derivatives. */
export function testRewrite(rewrite: Rewrite, { find, makes, drops, leave }: RewriteExamples): void {
  const without = new OpTable(
    standardFamilies,
    rewrites.filter((each) => each !== rewrite),
  );
  const withIt = new OpTable(standardFamilies, rewrites);
  it.each(Object.entries(find))('finds %s', (_name, body) => {
    const [after, before] = [build(withIt, body), build(without, body)];
    if (makes !== undefined) expect([has(after, makes), has(before, makes)]).toEqual([true, false]);
    if (drops !== undefined) expect([has(after, drops), has(before, drops)]).toEqual([false, true]);
    expect(after.ops).not.toEqual(before.ops);
  });

  it.each(Object.entries(leave))('leaves %s', (_name, body) => {
    expect(build(withIt, body).ops).toEqual(build(without, body).ops);
  });

  it.each(Object.entries({ ...find, ...leave }))('keeps values and derivatives of %s', async (_name, body) => {
    expectAllClose(await computed(build(withIt, body)), await computed(build(without, body)), 2e-4);
  });

  it('says what it finds, what it makes, and why', () => {
    for (const text of [rewrite.finds, rewrite.makes, rewrite.because]) expect(text).toMatch(/^[^]{10,}\.$/);
    expect(rewrites).toContain(rewrite);
  });
}
