import type { Node } from './node.js';

/**
 * Makes some nodes and all that they depend on anew, with some of it replaced.
 *
 * @param replace - gets each node on its new inputs and as it was
 * @param instead - what is to be read in place of some nodes; it must not depend on them
 */
export function rebuild(
  roots: readonly Node[],
  replace: (current: Node, original: Node) => Node,
  instead: ReadonlyMap<Node, Node> = new Map(),
): Node[] {
  const read = (node: Node): Node => instead.get(node) ?? node;
  const inputsOf = (node: Node): Node[] => node.inputs.map(read);
  const replaced = new Map<Node, Node>();
  const found = [...reachable(roots.map(read), inputsOf)];
  for (const node of instead.size === 0 ? found.sort((a, b) => a.id - b.id) : inOrder(found, inputsOf)) {
    const inputs = inputsOf(node).map((input) => replaced.get(input) as Node);
    const same = inputs.every((input, index) => input === node.inputs[index]);
    const current = same ? node : node.graph.withOrigin(node.origin, () => node.graph.apply(node.op, inputs, node.attributes));
    replaced.set(node, replace(current, node));
  }
  return roots.map((root) => replaced.get(read(root)) as Node);
}

/** Nodes in an order in which each comes after its inputs. */
function inOrder(nodes: readonly Node[], inputsOf: (node: Node) => readonly Node[]): Node[] {
  const done = new Set<Node>();
  const pending = [...nodes];
  for (let node = pending.at(-1); node !== undefined; node = pending.at(-1)) {
    const missing = done.has(node) ? [] : inputsOf(node).filter((input) => !done.has(input));
    if (missing.length > 0) pending.push(...missing);
    else done.add(pending.pop() as Node);
  }
  return [...done];
}

/** Every node that one of `roots` depends on, the roots included. */
export function reachable(roots: readonly Node[], inputsOf = ({ inputs }: Node): readonly Node[] => inputs): Set<Node> {
  const seen = new Set<Node>();
  const pending = [...roots];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    pending.push(...inputsOf(node));
  }
  return seen;
}
