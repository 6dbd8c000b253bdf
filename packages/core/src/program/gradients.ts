import { FarziError } from '../errors.js';
import { add, fillValue } from './expressions.js';
import type { Node } from './node.js';
import { reachable } from './walk.js';

/** What derivatives may be taken with respect to: values that no identity and no rewrite looks through. */
const LEAVES: ReadonlySet<string> = new Set(['Input', 'Leaf']);

/**
 * Derivatives of a scalar with respect to some leaves, by reverse mode on the graph. The result is made of ordinary
 * nodes, so it can be differentiated again, to any order.
 *
 * Only leaves will do, because other nodes may not be on the paths that go through their values: with `y = 2 x`, the
 * node of `0.5 y` is x itself.
 *
 * @param scalar - a float32 node of one element
 * @param inputs - inputs of the graph, or results of `leaf()`, of any shape; the scalar's other dependencies are held
 *   constant
 * @returns one node per input, in its shape; zeros where the scalar does not depend on it
 * @throws FARZI_NOT_A_LEAF for any other node, FARZI_NOT_DIFFERENTIABLE when an op on a path from an input has no
 *   derivative rule
 */
export function gradients<const Inputs extends readonly Node[]>(scalar: Node, inputs: Inputs): { -readonly [Index in keyof Inputs]: Node } {
  if (scalar.shape.some((dimension) => dimension !== 1) || scalar.dtype !== 'float32') {
    throw new FarziError('FARZI_SHAPE', `Gradients start from one float32 number, not from ${scalar.dtype} [${scalar.shape.join(', ')}].`);
  }
  for (const { op, id, origin } of inputs) {
    if (LEAVES.has(op)) continue;
    throw new FarziError(
      'FARZI_NOT_A_LEAF',
      `A gradient with respect to ${op}#${id}${origin === undefined ? '' : ` (${origin})`} is asked for, which is not a leaf.`,
      {
        hint: 'Pass the node through leaf() and build on the result; then ask for the gradient with respect to that.',
      },
    );
  }
  const { graph } = scalar;
  const onPath = dependents(scalar, inputs);
  const cotangents = new Map<Node, Node>([[scalar, graph.fill(1, scalar.shape)]]);
  const order = [...onPath].sort((a, b) => b.id - a.id);
  const asked = new Set(inputs);
  for (const node of order) {
    const cotangent = cotangents.get(node);
    if (cotangent === undefined || fillValue(cotangent) === 0 || node.inputs.every((input) => !onPath.has(input))) continue;
    const definition = graph.definitionOf(node.op);
    if (definition.gradient === undefined) {
      throw new FarziError(
        'FARZI_NOT_DIFFERENTIABLE',
        `The op ${node.op} has no derivative rule${node.origin === undefined ? '' : ` (used at ${node.origin})`}.`,
      );
    }
    const { gradient } = definition;
    const shares = graph.withOrigin(node.origin, () => gradient(node, cotangent));
    node.inputs.forEach((input, index) => {
      const share = shares[index];
      if (share === undefined || !onPath.has(input) || input.dtype !== 'float32') return;
      const known = cotangents.get(input);
      cotangents.set(input, known === undefined ? share : add(known, share));
    });
    if (!asked.has(node)) cotangents.delete(node);
  }
  return inputs.map((input) => cotangents.get(input) ?? graph.fill(0, input.shape)) as { -readonly [Index in keyof Inputs]: Node };
}

/** Nodes between the inputs and the scalar, both ends included. */
function dependents(scalar: Node, inputs: readonly Node[]): Set<Node> {
  const wanted = new Set(inputs);
  const found = new Set<Node>();
  for (const node of [...reachable([scalar])].sort((a, b) => a.id - b.id)) {
    if (wanted.has(node) || node.inputs.some((input) => found.has(input))) found.add(node);
  }
  return found;
}
