import type * as Tfjs from '@tensorflow/tfjs-core';
import type { Attributes, ConstantValues, DType, Graph, Node } from '../graph.js';

/** Shape and element type of a value. */
export interface ValueType {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** An attribute of an ONNX node. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

/** Writes ONNX nodes; every method returns the name of a value. */
export interface OnnxEmitter {
  /** Emits one op and names one of its outputs, the first by default. An empty input name leaves an optional input out. */
  emit(opType: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>, output?: number): string;
  /** A float32 or int32 initializer. */
  constant(values: ConstantValues, shape: readonly number[], dtype: DType): string;
  scalar(value: number): string;
  /** An int64 vector initializer, as shapes, axes and pads are given. */
  integers(values: readonly number[]): string;
  cast(value: string, dtype: DType): string;
}

/** All that is known about one op. */
export interface OpDefinition {
  readonly name: string;
  /** Shape rule. Throws `FARZI_SHAPE`. */
  infer(inputs: readonly Node[], attributes: Attributes): ValueType;
  /**
   * Derivative rule: the cotangent of each input from the cotangent of the output, `undefined` where the output does not depend on it smoothly.
   * Absent: the op is not differentiable, and a gradient through it is an error.
   */
  gradient?(node: Node, cotangent: Node): readonly (Node | undefined)[];
  /** A simpler node with the same value, if there is one. */
  simplify?(inputs: readonly Node[], attributes: Attributes, graph: Graph): Node | undefined;
  /** What some of a program's nodes can be read from instead, so that work is done once. `nodes` are all those of this op; each map is made use of as a whole, or not if that would be a circle. */
  share?(nodes: readonly Node[]): readonly ReadonlyMap<Node, Node>[];
  /** The same value made of other ops, for an op that no engine runs: it takes its place when a program is made. `users` are the program's nodes that read it. */
  expand?(node: Node, users: readonly Node[]): Node;
  /** Whether a node's sum can start from another value of its shape instead of zeros: `onnx` then gets that as one more input. */
  accumulates?(node: Node): boolean;
  /** ONNX lowering (opset 17). */
  onnx(node: Node, inputs: readonly string[], emitter: OnnxEmitter): string;
  /** The same computation with TensorFlow.js ops. */
  tfjs(tf: typeof Tfjs, node: Node, inputs: readonly Tfjs.Tensor[]): Tfjs.Tensor;
}

/** How a TensorFlow.js kernel is recorded: the node, or nodes for kernels with several outputs. */
export type KernelRecorder = (inputs: KernelInputs, attributes: Readonly<Record<string, unknown>>, graph: Graph) => Node | readonly Node[];

/** A kernel's inputs by TensorFlow.js' names (`a`, `b`, `x`, ...); kernels with a list of inputs get `0`, `1`, .... */
export interface KernelInputs {
  /** Throws when the kernel was called without it. */
  get(name: string): Node;
  readonly list: readonly Node[];
}

/** One op family: its ops and the TensorFlow.js kernels that are recorded as them. */
export interface OpFamily {
  readonly ops: readonly OpDefinition[];
  readonly kernels: Readonly<Record<string, KernelRecorder>>;
}

/** Reads an attribute that is a number. */
export function numberAttribute(attributes: Readonly<Record<string, unknown>>, name: string): number {
  const value = attributes[name];
  if (typeof value !== 'number') throw new TypeError(`attribute ${name} must be a number, got ${String(value)}`);
  return value;
}

/** Reads an attribute that is a list of numbers; a single number counts as a list of one. */
export function listAttribute(attributes: Readonly<Record<string, unknown>>, name: string): readonly number[] {
  const value = attributes[name];
  if (typeof value === 'number') return [value];
  if (!Array.isArray(value)) throw new TypeError(`attribute ${name} must be a list of numbers, got ${String(value)}`);
  return value as readonly number[];
}

/** Reads an axis; negative ones count from the end. */
export function axisOf(attributes: Readonly<Record<string, unknown>>, rank: number, name = 'axis'): number {
  const axis = numberAttribute(attributes, name);
  return axis < 0 ? axis + rank : axis;
}

/** A node's attribute that is a list of numbers. */
export const listOf = (node: Node, name: string): number[] => [...listAttribute(node.attributes, name)];

/** Whether two shapes are the same. */
export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/** The only operand of an op. */
export const only = (inputs: readonly Tfjs.Tensor[]): Tfjs.Tensor => inputs[0] as Tfjs.Tensor;
