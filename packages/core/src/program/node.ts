import type * as Tfjs from '@tensorflow/tfjs-core';
import type { ChunkLimits } from './chunk-limits.js';

/** Element type of a value. */
export type DType = 'float32' | 'int32' | 'bool';

/** Values of a constant, in row-major order. */
export type ConstantValues = Float32Array | Int32Array | Uint8Array;

/** A static property of an op: axes, sizes, flags. */
export type Attribute = number | string | boolean | readonly number[];
export type Attributes = Readonly<Record<string, Attribute>>;

/**
 * One value of a program in static single assignment form. Its `id` is larger than those of its inputs, so ids are a
 * topological order.
 */
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
  readonly graph: NodeGraph;
}

/** A node whose op has a known number of inputs. */
export type NodeOf<Inputs extends readonly Node[]> = Node & { readonly inputs: Inputs };

/** Something for each input of an op. */
export type Each<Inputs extends readonly Node[], T> = { readonly [Index in keyof Inputs]: T };

/** Makes nodes: the side of a graph that rules for ops and models see. */
export interface NodeGraph {
  /** A value that is given when the program runs. Names are unique within a program. */
  input(name: string, shape: readonly number[], dtype?: DType): Node;
  /** A fixed value. */
  constant(values: ConstantValues, shape: readonly number[], dtype: DType): Node;
  /** The same value everywhere. */
  fill(value: number, shape: readonly number[], dtype?: DType): Node;
  /**
   * The same value as something that derivatives may be taken with respect to: a node of its own at every call, which
   * nothing looks through.
   */
  leaf(x: Node): Node;
  /** The result of an op, simplified where an identity or a rewrite holds. */
  apply(op: string, inputs: readonly Node[], attributes?: Attributes): Node;
  /** Labels the nodes made inside `build` with a source line. */
  withOrigin<T>(origin: string | undefined, build: () => T): T;
  /** Everything known about an op. */
  definitionOf(op: string): OpDefinition;
}

/** An immutable program: named inputs, named outputs, and what lies between. */
export interface Program<Outputs extends string = string> {
  readonly name: string;
  readonly inputs: readonly Node[];
  readonly outputs: readonly { readonly name: Outputs; readonly node: Node }[];
  /** Every node that an output needs, inputs included, in topological order. */
  readonly nodes: readonly Node[];
  /** The same program with other chunks of what has the size of a vocabulary. */
  inChunks(limits: ChunkLimits): Program<Outputs>;
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** Whether two shapes are the same. */
export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/** The name of an input node. */
export function inputName(node: Node): string {
  return String(node.attributes['name']);
}

/** Shape and element type of a value. */
export interface ValueType {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** An attribute of an ONNX node. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

/** Writes ONNX nodes; every method returns the name of a value. */
export interface OnnxEmitter {
  /**
   * Emits one op and names one of its outputs, the first by default. An empty input name leaves an optional input out.
   */
  emit(opType: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>, output?: number): string;
  /** A float32 or int32 initializer. */
  constant(values: ConstantValues, shape: readonly number[], dtype: DType): string;
  scalar(value: number): string;
  /** An int64 vector initializer, as shapes, axes and pads are given. */
  integers(values: readonly number[]): string;
  cast(value: string, dtype: DType): string;
}

/**
 * All that is known about one op.
 *
 * @typeParam Inputs - how many inputs it has, where that is fixed
 */
export interface OpDefinition<Inputs extends readonly Node[] = readonly Node[]> {
  readonly name: string;
  /** Shape rule. Throws `FARZI_SHAPE`. */
  infer(inputs: Inputs, attributes: Attributes): ValueType;
  /**
   * Derivative rule: the cotangent of each input from the cotangent of the output, `undefined` where the output does
   * not depend on it smoothly. Absent: the op is not differentiable, and a gradient through it is an error.
   */
  gradient?(node: NodeOf<Inputs>, cotangent: Node): readonly (Node | undefined)[];
  /** A simpler node with the same value, if there is one. */
  simplify?(inputs: Inputs, attributes: Attributes, graph: NodeGraph): Node | undefined;
  /**
   * What some of a program's nodes can be read from instead, so that work is done once. `nodes` are all those of this
   * op; each map is made use of as a whole, or not if that would be a circle.
   */
  share?(nodes: readonly NodeOf<Inputs>[]): readonly ReadonlyMap<Node, Node>[];
  /**
   * The same value made of other ops, for an op that no engine runs: it takes its place when a program is made. `users`
   * are the program's nodes that read it, `limits` those of its chunks.
   */
  expand?(node: NodeOf<Inputs>, users: readonly Node[], limits: ChunkLimits): Node;
  /** Whether a node's sum can start from another value of its shape instead of zeros. */
  accumulates?(node: NodeOf<Inputs>): boolean;
  /**
   * ONNX lowering (opset 17).
   *
   * @param start - what the sum starts from, for an op that accumulates
   */
  onnx(node: NodeOf<Inputs>, inputs: Each<Inputs, string>, emitter: OnnxEmitter, start?: string): string;
  /** The same computation with TensorFlow.js ops. */
  tfjs(tf: typeof Tfjs, node: NodeOf<Inputs>, inputs: Each<Inputs, Tfjs.Tensor>): Tfjs.Tensor;
}
