import { FarziError } from '../errors.js';
import { CACHE_CHUNKS, type ChunkLimits } from './chunk-limits.js';
import { inputName, type Node, type Program } from './node.js';
import { reachable, rebuild } from './walk.js';

/**
 * A program that computes `outputs`; nodes that no output needs are left out. Inputs keep the given order, used or not.
 *
 * @param limits - of chunks of what has the size of a vocabulary
 */
export function program<Outputs extends string>(
  name: string,
  inputs: readonly Node[],
  outputs: Readonly<Record<Outputs, Node>>,
  limits: ChunkLimits = CACHE_CHUNKS,
): Program<Outputs> {
  const declared = new Set(inputs);
  const expanded = expand(outputs, limits);
  const needed = reachable(Object.values(expanded));
  for (const node of needed) {
    if (node.op === 'Input' && !declared.has(node)) {
      throw new FarziError('FARZI_INTERNAL', `The program ${name} needs the input ${inputName(node)}, which is not among its inputs.`);
    }
  }
  for (const input of inputs) needed.add(input);
  const nodes = [...needed].sort((a, b) => a.id - b.id);
  return {
    name,
    inputs,
    outputs: Object.entries<Node>(expanded).map(([key, node]) => ({ name: key as Outputs, node })),
    nodes,
    inChunks: (others) => program(name, inputs, outputs, others),
  };
}

/** Replaces ops that no engine runs by what they stand for. */
function expand(outputs: Readonly<Record<string, Node>>, limits: ChunkLimits): Readonly<Record<string, Node>> {
  const roots = shared(withoutLeaves(Object.values(outputs)));
  const nodes = [...reachable(roots)];
  const expanded = nodes.every(({ op, graph }) => graph.definitionOf(op).expand === undefined)
    ? roots
    : rebuild(roots, (current, original) => {
        // users are looked for only where they are asked for
        const users = (): Node[] => nodes.filter(({ inputs }) => inputs.includes(original));
        return current.graph.definitionOf(current.op).expand?.(current, users(), limits) ?? current;
      });
  return Object.fromEntries(Object.keys(outputs).map((key, index) => [key, expanded[index] as Node]));
}

/** Lets nodes be read from others that compute the same along with their own (see each op's `share`). */
function shared(roots: readonly Node[]): readonly Node[] {
  const nodes = reachable(roots);
  for (const [op, same] of byOp(nodes)) {
    for (const offer of same[0].graph.definitionOf(op).share?.(same) ?? []) {
      const instead = new Map([...offer].filter(([node]) => nodes.has(node)));
      const behind = reachable([...instead.values()]);
      if (instead.size > 0 && ![...instead.keys()].some((node) => behind.has(node)))
        return shared(rebuild(roots, (current) => current, instead));
    }
  }
  return roots;
}

/** Nodes by their op, each op where it first comes. */
function byOp(nodes: Iterable<Node>): Map<string, [Node, ...Node[]]> {
  const groups = new Map<string, [Node, ...Node[]]>();
  for (const node of nodes) {
    const group = groups.get(node.op);
    if (group === undefined) groups.set(node.op, [node]);
    else group.push(node);
  }
  return groups;
}

/** What is behind leaves in their place: nothing is differentiated any more, and identities hold across them again. */
function withoutLeaves(roots: readonly Node[]): readonly Node[] {
  return rebuild(roots, (current) => (current.op === 'Leaf' ? (current.inputs[0] as Node) : current));
}
