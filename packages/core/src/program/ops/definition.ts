import type { Node, NodeGraph, OpDefinition } from '../node.js';

/** How a TensorFlow.js kernel is recorded: the node, or nodes for kernels with several outputs. */
export type KernelRecorder = (
  inputs: KernelInputs,
  attributes: Readonly<Record<string, unknown>>,
  graph: NodeGraph,
) => Node | readonly Node[];

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
  if (typeof value !== 'number') throw new TypeError(`The attribute ${name} must be a number, but it is ${String(value)}.`);
  return value;
}

/** Reads an attribute that is a list of numbers; a single number counts as a list of one. */
export function listAttribute(attributes: Readonly<Record<string, unknown>>, name: string): readonly number[] {
  const value = attributes[name];
  if (typeof value === 'number') return [value];
  if (!Array.isArray(value)) throw new TypeError(`The attribute ${name} must be a list of numbers, but it is ${String(value)}.`);
  return value as readonly number[];
}

/** Reads an axis; negative ones count from the end. */
export function axisOf(attributes: Readonly<Record<string, unknown>>, rank: number, name = 'axis'): number {
  const axis = numberAttribute(attributes, name);
  return axis < 0 ? axis + rank : axis;
}

/** A node's attribute that is a list of numbers. */
export const listOf = (node: Node, name: string): number[] => [...listAttribute(node.attributes, name)];
