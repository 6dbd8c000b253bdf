import type * as Tfjs from '@tensorflow/tfjs-core';
import * as e from '../expressions.js';
import type { Node, OnnxEmitter, OpDefinition } from '../node.js';
import { type KernelRecorder, numberAttribute, type OpFamily } from './definition.js';

interface Unary {
  /** The function itself, to fold constants. */
  readonly value: (x: number) => number;
  /** Cotangent of x; `y` is the op's own output. Absent: the derivative is zero almost everywhere. */
  readonly gradient?: (cotangent: Node, x: Node, y: Node) => Node;
  /** ONNX op of the same meaning, or its lowering. */
  readonly onnx: string | ((x: string, emitter: OnnxEmitter) => string);
  readonly tfjs: (tf: typeof Tfjs, x: Tfjs.Tensor) => Tfjs.Tensor;
}

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/**
 * The reciprocal where x is not 0, and 0 there: keeps `sqrt` and `rsqrt` of zero from turning a zero cotangent into
 * NaN.
 */
const guardedReciprocal = (x: Node): Node => e.select(e.equal(x, 0), 0, e.reciprocal(x));

/** The element-wise functions of one argument. */
const table: Readonly<Record<string, Unary>> = {
  Neg: { value: (x) => -x, gradient: (c) => e.negate(c), onnx: 'Neg', tfjs: (tf, x) => tf.neg(x) },
  Exp: { value: Math.exp, gradient: (c, _x, y) => e.multiply(c, y), onnx: 'Exp', tfjs: (tf, x) => tf.exp(x) },
  Log: { value: Math.log, gradient: (c, x) => e.divide(c, x), onnx: 'Log', tfjs: (tf, x) => tf.log(x) },
  Sqrt: {
    value: Math.sqrt,
    gradient: (c, _x, y) => e.multiply(c, e.multiply(0.5, guardedReciprocal(y))),
    onnx: 'Sqrt',
    tfjs: (tf, x) => tf.sqrt(x),
  },
  Rsqrt: {
    value: (x) => 1 / Math.sqrt(x),
    gradient: (c, _x, y) => e.multiply(c, e.multiply(-0.5, e.multiply(y, e.square(y)))),
    onnx: (x, emitter) => emitter.emit('Reciprocal', [emitter.emit('Sqrt', [x])]),
    tfjs: (tf, x) => tf.rsqrt(x),
  },
  Reciprocal: {
    value: (x) => 1 / x,
    gradient: (c, _x, y) => e.negate(e.multiply(c, e.square(y))),
    onnx: 'Reciprocal',
    tfjs: (tf, x) => tf.reciprocal(x),
  },
  Abs: { value: Math.abs, gradient: (c, x) => e.multiply(c, e.sign(x)), onnx: 'Abs', tfjs: (tf, x) => tf.abs(x) },
  Sign: { value: Math.sign, onnx: 'Sign', tfjs: (tf, x) => tf.sign(x) },
  Tanh: { value: Math.tanh, gradient: (c, _x, y) => e.multiply(c, e.subtract(1, e.square(y))), onnx: 'Tanh', tfjs: (tf, x) => tf.tanh(x) },
  Sigmoid: {
    value: (x) => 1 / (1 + Math.exp(-x)),
    gradient: (c, _x, y) => e.multiply(c, e.multiply(y, e.subtract(1, y))),
    onnx: 'Sigmoid',
    tfjs: (tf, x) => tf.sigmoid(x),
  },
  Softplus: {
    value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    gradient: (c, x) => e.multiply(c, e.sigmoid(x)),
    onnx: 'Softplus',
    tfjs: (tf, x) => tf.softplus(x),
  },
  Erf: {
    // there is no erf in JavaScript: constants of it are left to the engine
    value: () => Number.NaN,
    gradient: (c, x) => e.multiply(c, e.multiply(TWO_OVER_SQRT_PI, e.exp(e.negate(e.square(x))))),
    onnx: 'Erf',
    tfjs: (tf, x) => tf.erf(x),
  },
  Sin: { value: Math.sin, gradient: (c, x) => e.multiply(c, e.cos(x)), onnx: 'Sin', tfjs: (tf, x) => tf.sin(x) },
  Cos: { value: Math.cos, gradient: (c, x) => e.negate(e.multiply(c, e.sin(x))), onnx: 'Cos', tfjs: (tf, x) => tf.cos(x) },
  Relu: { value: (x) => Math.max(x, 0), gradient: (c, x) => e.multiply(c, e.step(x)), onnx: 'Relu', tfjs: (tf, x) => tf.relu(x) },
  Step: {
    value: (x) => Number(x > 0),
    onnx: (x, emitter) => emitter.cast(emitter.emit('Greater', [x, emitter.scalar(0)]), 'float32'),
    tfjs: (tf, x) => tf.step(x),
  },
  Floor: { value: Math.floor, onnx: 'Floor', tfjs: (tf, x) => tf.floor(x) },
  Ceil: { value: Math.ceil, onnx: 'Ceil', tfjs: (tf, x) => tf.ceil(x) },
  Round: { value: Math.round, onnx: 'Round', tfjs: (tf, x) => tf.round(x) },
};

/** Ops that take integers back to floats elsewhere must not fold: only float constants are. */
function definition(name: string, op: Unary): OpDefinition<readonly [Node]> {
  const { gradient } = op;
  return {
    name,
    infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
    gradient: (node, cotangent) => [gradient?.(cotangent, node.inputs[0], node)],
    simplify: ([x], _attributes, graph) => {
      if (name === 'Neg' && x?.op === 'Neg') return x.inputs[0];
      const value = e.fillValue(x);
      if (x === undefined || value === undefined || x.dtype !== 'float32') return undefined;
      const folded = op.value(value);
      return Number.isFinite(folded) ? graph.fill(folded, x.shape) : undefined;
    },
    onnx: (_node, [x], emitter) => (typeof op.onnx === 'string' ? emitter.emit(op.onnx, [x]) : op.onnx(x, emitter)),
    tfjs: (tf, _node, [x]) => op.tfjs(tf, x),
  };
}

const recordUnary =
  (name: string): KernelRecorder =>
  (inputs, _attributes, graph) =>
    graph.apply(name, [inputs.get('x')]);

const SELU_ALPHA = 1.7580993408473768;
const SELU_SCALE = 1.0507009873554805;

/**
 * `x` where it is positive, `scale · (exp(x) - 1)` elsewhere; the exponent is kept from overflowing on the other side.
 */
const exponentialLinear = (x: Node, scale: number): Node =>
  e.select(e.greater(x, 0), x, e.multiply(scale, e.subtract(e.exp(e.minimum(x, 0)), 1)));

/** Element-wise functions of one argument, and the activations composed of them. */
export const unary: OpFamily = {
  ops: Object.entries(table).map(([name, op]) => definition(name, op)),
  kernels: {
    ...Object.fromEntries(Object.keys(table).map((name) => [name, recordUnary(name)])),
    Step: (inputs, attributes) => {
      const alpha = attributes['alpha'];
      const x = inputs.get('x');
      return alpha === undefined || alpha === 0 ? e.step(x) : e.select(e.greater(x, 0), 1, Number(alpha));
    },
    Square: (inputs) => e.square(inputs.get('x')),
    Log1p: (inputs) => e.log(e.add(inputs.get('x'), 1)),
    Expm1: (inputs) => e.subtract(e.exp(inputs.get('x')), 1),
    Relu6: (inputs) => e.minimum(e.relu(inputs.get('x')), 6),
    LeakyRelu: (inputs, attributes) => {
      const x = inputs.get('x');
      return e.select(e.greater(x, 0), x, e.multiply(numberAttribute(attributes, 'alpha'), x));
    },
    Prelu: (inputs) => e.select(e.greater(inputs.get('x'), 0), inputs.get('x'), e.multiply(inputs.get('alpha'), inputs.get('x'))),
    Elu: (inputs) => exponentialLinear(inputs.get('x'), 1),
    Selu: (inputs) => e.multiply(SELU_SCALE, exponentialLinear(inputs.get('x'), SELU_ALPHA / SELU_SCALE)),
    ClipByValue: (inputs, attributes) =>
      e.minimum(e.maximum(inputs.get('x'), numberAttribute(attributes, 'clipValueMin')), numberAttribute(attributes, 'clipValueMax')),
  },
};
