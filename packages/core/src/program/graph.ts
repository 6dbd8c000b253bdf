import { invariant } from '../errors.js';
import {
  type Attribute,
  type Attributes,
  type ConstantValues,
  type DType,
  type Node,
  type NodeGraph,
  type OpDefinition,
  sameShape,
  sizeOf,
} from './node.js';
import { type OpTable, standardOps } from './op-table.js';

/** Constants up to this many elements are shared when their values are equal. */
const SHARED_CONSTANT_SIZE = 1024;

/**
 * Grows nodes: equal ones are made once, and local identities (each op's `simplify`) and rewrites are applied as nodes
 * are made, each rewrite once. The nodes are immutable.
 */
export class Graph implements NodeGraph {
  readonly #nodes = new Map<string, Node>();
  #nextId = 0;
  #origin: string | undefined;

  /** @param ops - what is known about ops */
  constructor(private readonly ops: OpTable = standardOps) {}

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
    invariant(values.length === sizeOf(shape), `A constant of ${values.length} values cannot have shape [${shape.join(', ')}].`);
    const first = values[0];
    if (first !== undefined && values.every((value) => value === first)) return this.fill(first, shape, dtype);
    const key = values.length <= SHARED_CONSTANT_SIZE ? values.join() : `unshared ${this.#nextId}`;
    return this.#make('Constant', [], { key }, shape, dtype, values);
  }

  /** The same value everywhere. */
  fill(value: number, shape: readonly number[], dtype: DType = 'float32'): Node {
    return this.#make('Fill', [], { value }, shape, dtype);
  }

  /**
   * The same value as something that derivatives may be taken with respect to: a node of its own at every call, which
   * nothing looks through.
   */
  leaf(x: Node): Node {
    return this.apply('Leaf', [x], { number: this.#nextId });
  }

  /** The result of an op, simplified where an identity or a rewrite holds. */
  apply(op: string, inputs: readonly Node[], attributes: Attributes = {}): Node {
    const definition = this.ops.definitionOf(op);
    for (const input of inputs) invariant(input.graph === this, `The op ${op} mixes nodes of two graphs.`);
    const simplified = definition.simplify?.(inputs, attributes, this);
    if (simplified !== undefined) return simplified;
    const { shape, dtype } = definition.infer(inputs, attributes);
    const key = keyOf(op, inputs, attributes, shape, dtype);
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    for (const rewrite of this.ops.rewritesOf(op)) {
      const better = rewrite.apply(inputs, attributes, this);
      if (better === undefined || !sameShape(better.shape, shape)) continue;
      // a rewrite may go through all that a value is made of: each part once, however many ways lead there
      this.#nodes.set(key, better);
      return better;
    }
    return this.#add(key, op, inputs, attributes, shape, dtype);
  }

  /** Everything known about an op. */
  definitionOf(op: string): OpDefinition {
    return this.ops.definitionOf(op);
  }

  #make(
    op: string,
    inputs: readonly Node[],
    attributes: Attributes,
    shape: readonly number[],
    dtype: DType,
    values?: ConstantValues,
  ): Node {
    const key = keyOf(op, inputs, attributes, shape, dtype);
    return this.#nodes.get(key) ?? this.#add(key, op, inputs, attributes, shape, dtype, values);
  }

  #add(
    key: string,
    op: string,
    inputs: readonly Node[],
    attributes: Attributes,
    shape: readonly number[],
    dtype: DType,
    values?: ConstantValues,
  ): Node {
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

/** What tells a node from all others of its graph. */
function keyOf(op: string, inputs: readonly Node[], attributes: Attributes, shape: readonly number[], dtype: DType): string {
  return `${op}|${inputs.map((input) => input.id).join()}|${textOf(attributes)}|${shape.join()}|${dtype}`;
}

/** JSON would write NaN and infinities alike, and make one node of them; and it takes longer. */
function textOf(attributes: Attributes): string {
  let text = '';
  for (const name in attributes) {
    const value = attributes[name] as Attribute;
    text += `${name}:${typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' ? `[${value.join()}]` : value},`;
  }
  return text;
}
