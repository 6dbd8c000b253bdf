import type * as Tfjs from '@tensorflow/tfjs-core';
import { FarziError } from '../../errors.js';
import * as e from '../expressions.js';
import { type Node, type NodeGraph, type OnnxEmitter, type OpDefinition } from '../node.js';
import type { KernelRecorder, OpFamily } from './definition.js';

/** The shape two shapes broadcast to, as in NumPy. Throws `FARZI_SHAPE`. */
export function broadcastShape(op: string, ...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let dimension = 1;
    for (const shape of shapes) {
      const own = shape[axis - (rank - shape.length)] ?? 1;
      if (own !== 1 && dimension !== 1 && own !== dimension) {
        throw new FarziError(
          'FARZI_SHAPE',
          `The op ${op} cannot broadcast ${shapes.map((each) => `[${each.join(', ')}]`).join(' with ')}.`,
        );
      }
      if (own !== 1) dimension = own;
    }
    return dimension;
  });
}

/** Whether broadcasting `node` with something of shape `other` gives just `other`. */
function broadcastsInto(op: string, node: Node, other: readonly number[]): boolean {
  return broadcastShape(op, node.shape, other).every((dimension, axis) => dimension === other[axis]) && node.shape.length <= other.length;
}

/**
 * What is spread out is left to the consumer to spread, where the other operands alone give the result its shape: fills
 * become scalars, and what is broadcast stays small.
 */
export function slimOperands(op: string, graph: NodeGraph, inputs: readonly Node[]): readonly Node[] | undefined {
  const slim = [...inputs];
  for (const [index, input] of inputs.entries()) {
    const value = e.fillValue(input);
    const smaller = value === undefined ? (input.op === 'BroadcastTo' ? input.inputs[0] : undefined) : graph.fill(value, [], input.dtype);
    // of several fills, those before this one may be scalars by now: one of them has to keep the shape
    const others = slim.filter((_, at) => at !== index).map(({ shape }) => shape);
    if (smaller === undefined || input.shape.length === 0 || others.length === 0) continue;
    if (broadcastsInto(op, input, broadcastShape(op, ...others))) slim[index] = smaller;
  }
  return slim.some((node, index) => node !== inputs[index]) ? slim : undefined;
}

interface Binary {
  readonly value: (a: number, b: number) => number;
  readonly gradient: (cotangent: Node, a: Node, b: Node, y: Node) => readonly [Node, Node];
  /** Identities with a constant operand. */
  readonly identity?: (a: Node, b: Node, constantA: number | undefined, constantB: number | undefined) => Node | undefined;
  readonly onnx: string;
  readonly tfjs: (tf: typeof Tfjs, a: Tfjs.Tensor, b: Tfjs.Tensor) => Tfjs.Tensor;
}

const zeroLike = (node: Node): Node => node.graph.fill(0, node.shape, node.dtype);

const table: Readonly<Record<string, Binary>> = {
  Add: {
    value: (a, b) => a + b,
    gradient: (c) => [c, c],
    identity: (a, b, x, y) =>
      x === 0
        ? b
        : y === 0
          ? a
          : b.op === 'Neg'
            ? e.subtract(a, b.inputs[0] as Node)
            : a.op === 'Neg'
              ? e.subtract(b, a.inputs[0] as Node)
              : undefined,
    onnx: 'Add',
    tfjs: (tf, a, b) => tf.add(a, b),
  },
  Sub: {
    value: (a, b) => a - b,
    gradient: (c) => [c, e.negate(c)],
    identity: (a, b, x, y) =>
      y === 0 ? a : x === 0 ? e.negate(b) : b.op === 'Neg' ? e.add(a, b.inputs[0] as Node) : a === b ? zeroLike(a) : undefined,
    onnx: 'Sub',
    tfjs: (tf, a, b) => tf.sub(a, b),
  },
  Multiply: {
    value: (a, b) => a * b,
    gradient: (c, a, b) => [e.multiply(c, b), e.multiply(c, a)],
    identity: (a, b, x, y) =>
      x === 1
        ? b
        : y === 1
          ? a
          : x === 0
            ? zeroLike(b)
            : y === 0
              ? zeroLike(a)
              : x === -1
                ? e.negate(b)
                : y === -1
                  ? e.negate(a)
                  : undefined,
    onnx: 'Mul',
    tfjs: (tf, a, b) => tf.mul(a, b),
  },
  RealDiv: {
    value: (a, b) => a / b,
    gradient: (c, _a, b, y) => [e.divide(c, b), e.negate(e.divide(e.multiply(c, y), b))],
    identity: (a, b, x, y) =>
      y === 1 ? a : x === 0 ? zeroLike(b) : y !== undefined && y !== 0 && a.dtype === 'float32' ? e.multiply(a, 1 / y) : undefined,
    onnx: 'Div',
    tfjs: (tf, a, b) => tf.div(a, b),
  },
  Pow: {
    value: (a, b) => a ** b,
    gradient: (c, a, b, y) => [
      e.multiply(c, e.multiply(b, e.power(a, e.subtract(b, 1)))),
      // the logarithm of a non-positive base is left out, as it does not matter when the exponent is a constant
      e.multiply(c, e.multiply(y, e.select(e.greater(a, 0), e.log(e.select(e.greater(a, 0), a, 1)), 0))),
    ],
    identity: (a, _b, _x, y) => {
      switch (y) {
        case 0:
          return a.graph.fill(1, a.shape, a.dtype);
        case 1:
          return a;
        case 2:
          return e.square(a);
        case 3:
          return e.multiply(a, e.square(a));
        case 0.5:
          return e.sqrt(a);
        case -0.5:
          return e.rsqrt(a);
        case -1:
          return e.reciprocal(a);
        default:
          return undefined;
      }
    },
    onnx: 'Pow',
    tfjs: (tf, a, b) => tf.pow(a, b),
  },
  Maximum: {
    value: Math.max,
    gradient: (c, a, b) => [e.select(e.greaterEqual(a, b), c, 0), e.select(e.greaterEqual(a, b), 0, c)],
    onnx: 'Max',
    tfjs: (tf, a, b) => tf.maximum(a, b),
  },
  Minimum: {
    value: Math.min,
    gradient: (c, a, b) => [e.select(e.greaterEqual(b, a), c, 0), e.select(e.greaterEqual(b, a), 0, c)],
    onnx: 'Min',
    tfjs: (tf, a, b) => tf.minimum(a, b),
  },
};

/**
 * onnxruntime takes a number to each of `[n, 1]` elements one at a time, unless the number has as many axes: that is
 * five times as fast.
 */
function withNumbersOfItsRank({ shape, dtype, inputs }: Node, names: readonly string[], emitter: OnnxEmitter): readonly string[] {
  if (shape.length < 2 || shape.at(-1) !== 1 || dtype !== 'float32') return names;
  return names.map((name, at) => {
    const value = inputs[at]?.shape.length === 0 ? e.fillValue(inputs[at]) : undefined;
    return value === undefined ? name : emitter.constant(Float32Array.of(value), Array<number>(shape.length).fill(1), dtype);
  });
}

function definition(name: string, op: Binary): OpDefinition<readonly [Node, Node]> {
  return {
    name,
    infer: ([a, b]) => ({ shape: broadcastShape(name, a.shape, b.shape), dtype: a.dtype }),
    gradient: (node, cotangent) => {
      const [a, b] = node.inputs as readonly [Node, Node];
      const [toA, toB] = op.gradient(cotangent, a, b, node);
      return [e.sumTo(toA, a.shape), e.sumTo(toB, b.shape)];
    },
    simplify: (inputs, attributes, graph) => {
      const slim = slimOperands(name, graph, inputs);
      if (slim !== undefined) return graph.apply(name, slim, attributes);
      const [a, b] = inputs;
      const [x, y] = [e.fillValue(a), e.fillValue(b)];
      const shape = broadcastShape(name, a.shape, b.shape);
      if (x !== undefined && y !== undefined && a.dtype === 'float32') return graph.fill(op.value(x, y), shape);
      const simpler = op.identity?.(a, b, x, y);
      // an identity may have dropped an operand that widened the result
      return simpler?.shape.length === shape.length && simpler.shape.every((dimension, axis) => dimension === shape[axis])
        ? simpler
        : undefined;
    },
    onnx: (node, inputs, emitter) => emitter.emit(op.onnx, withNumbersOfItsRank(node, inputs, emitter)),
    tfjs: (tf, _node, [a, b]) => op.tfjs(tf, a, b),
  };
}

const recordBinary =
  (name: string): KernelRecorder =>
  (inputs, _attributes, graph) =>
    graph.apply(name, [inputs.get('a'), inputs.get('b')]);

/** Element-wise functions of two arguments, with broadcasting. */
export const binary: OpFamily = {
  ops: Object.entries(table).map(([name, op]) => definition(name, op)),
  kernels: {
    ...Object.fromEntries(Object.keys(table).map((name) => [name, recordBinary(name)])),
    AddN: (inputs) => inputs.list.reduce((total, each) => e.add(total, each)),
    SquaredDifference: (inputs) => e.square(e.subtract(inputs.get('a'), inputs.get('b'))),
  },
};
