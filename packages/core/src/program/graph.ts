import { FarziError, invariant } from '../errors.js';
import { definitionOf } from './ops/index.js';

/** Element type of a value. */
export type DType = 'float32' | 'int32' | 'bool';

/** Values of a constant, in row-major order. */
export type ConstantValues = Float32Array | Int32Array | Uint8Array;

/** A static property of an op: axes, sizes, flags. */
export type Attribute = number | string | boolean | readonly number[];
export type Attributes = Readonly<Record<string, Attribute>>;

/** One value of a program in static single assignment form. Its `id` is larger than those of its inputs, so ids are a topological order. */
export interface Node {
  readonly id: number;
  readonly op: string;
  readonly inputs: readonly Node[];
  readonly attributes: Attributes;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Values of a `Constant`. */
  readonly values?: ConstantValues;
  /** The user's source line that made the node, where it is known. */
  readonly origin: string | undefined;
  readonly graph: Graph;
}

/** An immutable program: named inputs, named outputs, and what lies between. */
export interface Program {
  readonly name: string;
  readonly inputs: readonly Node[];
  readonly outputs: readonly { readonly name: string; readonly node: Node }[];
  /** Every node that an output needs, inputs included, in topological order. */
  readonly nodes: readonly Node[];
}

/** Constants up to this many elements are shared when their values are equal. */
const SHARED_CONSTANT_SIZE = 1024;

/** Grows nodes; equal ones are made once, and local identities are applied as nodes are made (see each op's `simplify`). */
export class Graph {
  readonly #nodes = new Map<string, Node>();
  #nextId = 0;
  #origin: string | undefined;

  /** Labels the nodes made inside `build` with a source line. */
  withOrigin<T>(origin: string | undefined, build: () => T): T {
    const previous = this.#origin;
    this.#origin = origin ?? previous;
    try {
      return build();
    } finally {
      this.#origin = previous;
    }
  }

  /** A value that is given when the program runs. Names are unique within a program. */
  input(name: string, shape: readonly number[], dtype: DType = 'float32'): Node {
    return this.#make('Input', [], { name }, shape, dtype);
  }

  /** A fixed value. */
  constant(values: ConstantValues, shape: readonly number[], dtype: DType): Node {
    invariant(values.length === sizeOf(shape), `constant of ${values.length} values cannot have shape [${shape.join(', ')}]`);
    const first = values[0];
    if (first !== undefined && values.every((value) => value === first)) return this.fill(first, shape, dtype);
    const key = values.length <= SHARED_CONSTANT_SIZE ? values.join() : `unshared ${this.#nextId}`;
    return this.#make('Constant', [], { key }, shape, dtype, values);
  }

  /** The same value everywhere. */
  fill(value: number, shape: readonly number[], dtype: DType = 'float32'): Node {
    return this.#make('Fill', [], { value }, shape, dtype);
  }

  /** The result of an op, simplified where a local identity holds. */
  apply(op: string, inputs: readonly Node[], attributes: Attributes = {}): Node {
    const definition = definitionOf(op);
    for (const input of inputs) invariant(input.graph === this, `${op} mixes nodes of two graphs`);
    const simplified = definition.simplify?.(inputs, attributes, this);
    if (simplified !== undefined) return simplified;
    const { shape, dtype } = definition.infer(inputs, attributes);
    return this.#make(op, inputs, attributes, shape, dtype);
  }

  #make(
    op: string,
    inputs: readonly Node[],
    attributes: Attributes,
    shape: readonly number[],
    dtype: DType,
    values?: ConstantValues,
  ): Node {
    const key = `${op}|${inputs.map((input) => input.id).join()}|${JSON.stringify(attributes, exactNumber)}|${shape.join()}|${dtype}`;
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const node: Node = {
      id: this.#nextId++,
      op,
      inputs,
      attributes,
      shape: [...shape],
      dtype,
      origin: this.#origin,
      graph: this,
      ...(values === undefined ? {} : { values }),
    };
    this.#nodes.set(key, node);
    return node;
  }
}

/** JSON has no NaN and no infinities: it would write all three as null, and make one node of them. */
function exactNumber(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** A program that computes `outputs`; nodes that no output needs are left out. Inputs keep the given order, used or not. */
export function program(name: string, inputs: readonly Node[], outputs: Readonly<Record<string, Node>>): Program {
  const declared = new Set(inputs);
  const expanded = expand(outputs);
  const needed = reachable(Object.values(expanded));
  for (const node of needed) {
    if (node.op === 'Input' && !declared.has(node)) {
      throw new FarziError(
        'FARZI_INTERNAL',
        `program ${name} needs the input ${String(node.attributes['name'])}, which is not among its inputs`,
      );
    }
  }
  for (const input of inputs) needed.add(input);
  const nodes = [...needed].sort((a, b) => a.id - b.id);
  return { name, inputs, outputs: Object.entries(expanded).map(([key, node]) => ({ name: key, node })), nodes };
}

/** Replaces ops that no engine runs by what they stand for. */
function expand(outputs: Readonly<Record<string, Node>>): Readonly<Record<string, Node>> {
  const roots = shared(Object.values(outputs));
  const nodes = [...reachable(roots)];
  const expanded = nodes.every(({ op }) => definitionOf(op).expand === undefined)
    ? roots
    : rebuild(roots, (current, original) => {
        const users = nodes.filter(({ inputs }) => inputs.includes(original));
        return definitionOf(current.op).expand?.(current, users) ?? current;
      });
  return Object.fromEntries(Object.keys(outputs).map((key, index) => [key, expanded[index] as Node]));
}

/** Lets nodes be read from others that compute the same along with their own (see each op's `share`). */
function shared(roots: readonly Node[]): readonly Node[] {
  const nodes = reachable(roots);
  for (const op of new Set([...nodes].map((node) => node.op))) {
    const same = [...nodes].filter((node) => node.op === op);
    for (const offer of definitionOf(op).share?.(same) ?? []) {
      const instead = new Map([...offer].filter(([node]) => nodes.has(node)));
      const behind = reachable([...instead.values()]);
      if (instead.size > 0 && ![...instead.keys()].some((node) => behind.has(node)))
        return shared(rebuild(roots, (current) => current, instead));
    }
  }
  return roots;
}

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

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** The name of an input node. */
export function inputName(node: Node): string {
  return String(node.attributes['name']);
}
