import { type DType, type Node, type Program, sizeOf } from './node.js';

/** What running a program once takes, as far as its shapes tell. */
export interface ProgramCost {
  readonly nodes: number;
  /** Floating-point operations of matrix products: `2 · rows · inner · columns` each. */
  readonly productOperations: number;
  /** Bytes that all nodes write. */
  readonly writtenBytes: number;
  /** Bytes of inputs. */
  readonly inputBytes: number;
  /** Bytes of outputs. */
  readonly outputBytes: number;
  /** The most bytes of other values that are alive between two nodes, in the order in which the nodes were made. */
  readonly aliveBytes: number;
}

const elementBytes: Readonly<Record<DType, number>> = { float32: 4, int32: 4, bool: 1 };

/** Bytes of a value. */
const bytesOf = ({ shape, dtype }: Node): number => sizeOf(shape) * elementBytes[dtype];

/** Floating-point operations of a node that is a matrix product. */
function productOperations({ op, inputs: [left], attributes, shape }: Node): number {
  if (op !== 'BatchMatMul') return 0;
  const inner = left?.shape.at(attributes['transposeA'] === true ? -2 : -1) ?? 0;
  return 2 * sizeOf(shape) * inner;
}

/** Ops whose value is that of their first input: nothing is written. */
const views: ReadonlySet<string> = new Set(['Reshape', 'After']);

/** Values that are there before the program runs, or that are made where they are read. */
const free: ReadonlySet<string> = new Set(['Input', 'Constant', 'Fill']);

const total = (nodes: readonly Node[], of: (node: Node) => number): number => nodes.reduce((sum, node) => sum + of(node), 0);

/** Counts operations and values of a program; nothing is computed or allocated. */
export function costOf(program: Program): ProgramCost {
  const { nodes, inputs } = program;
  return {
    nodes: nodes.length,
    productOperations: total(nodes, productOperations),
    writtenBytes: total(nodes, (node) => (free.has(node.op) || views.has(node.op) ? 0 : bytesOf(node))),
    inputBytes: total(inputs, bytesOf),
    outputBytes: total(
      program.outputs.map(({ node }) => node),
      bytesOf,
    ),
    aliveBytes: aliveBytes(program),
  };
}

/** The value that a node's own value is, where it is a view. */
function storageOf(node: Node): Node {
  const [viewed] = node.inputs;
  return views.has(node.op) && viewed !== undefined ? storageOf(viewed) : node;
}

function aliveBytes({ nodes, outputs }: Program): number {
  const lastUse = new Map<Node, number>();
  nodes.forEach((node, place) => {
    for (const input of node.inputs) lastUse.set(storageOf(input), place);
  });
  const kept = new Set(outputs.map(({ node }) => storageOf(node)));
  const ending = new Map<number, number>();
  let [alive, most] = [0, 0];
  nodes.forEach((node, place) => {
    if (!free.has(node.op) && !views.has(node.op) && !kept.has(node)) {
      const end = lastUse.get(node) ?? place;
      alive += bytesOf(node);
      ending.set(end, (ending.get(end) ?? 0) + bytesOf(node));
    }
    most = Math.max(most, alive);
    alive -= ending.get(place) ?? 0;
  });
  return most;
}
