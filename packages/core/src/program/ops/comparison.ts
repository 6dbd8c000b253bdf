import type * as Tfjs from '@tensorflow/tfjs-core';
import * as e from '../expressions.js';
import type { Node, OnnxEmitter, OpDefinition } from '../node.js';
import { broadcastShape, slimOperands } from './binary.js';
import type { KernelRecorder, OpFamily } from './definition.js';

interface Comparison {
  readonly onnx: (inputs: readonly string[], emitter: OnnxEmitter) => string;
  readonly tfjs: (tf: typeof Tfjs, a: Tfjs.Tensor, b: Tfjs.Tensor) => Tfjs.Tensor;
}

const direct =
  (opType: string) =>
  (inputs: readonly string[], emitter: OnnxEmitter): string =>
    emitter.emit(opType, inputs);

const table: Readonly<Record<string, Comparison>> = {
  Greater: { onnx: direct('Greater'), tfjs: (tf, a, b) => tf.greater(a, b) },
  GreaterEqual: { onnx: direct('GreaterOrEqual'), tfjs: (tf, a, b) => tf.greaterEqual(a, b) },
  Less: { onnx: direct('Less'), tfjs: (tf, a, b) => tf.less(a, b) },
  LessEqual: { onnx: direct('LessOrEqual'), tfjs: (tf, a, b) => tf.lessEqual(a, b) },
  Equal: { onnx: direct('Equal'), tfjs: (tf, a, b) => tf.equal(a, b) },
  NotEqual: { onnx: (inputs, emitter) => emitter.emit('Not', [emitter.emit('Equal', inputs)]), tfjs: (tf, a, b) => tf.notEqual(a, b) },
  LogicalAnd: { onnx: direct('And'), tfjs: (tf, a, b) => tf.logicalAnd(a, b) },
  LogicalOr: { onnx: direct('Or'), tfjs: (tf, a, b) => tf.logicalOr(a, b) },
};

/** Comparisons are constant almost everywhere: no cotangent passes. */
function definition(name: string, op: Comparison): OpDefinition<readonly [Node, Node]> {
  return {
    name,
    infer: ([a, b]) => ({ shape: broadcastShape(name, a.shape, b.shape), dtype: 'bool' }),
    gradient: () => [undefined, undefined],
    simplify: (inputs, attributes, graph) => {
      const slim = slimOperands(name, graph, inputs);
      return slim === undefined ? undefined : graph.apply(name, slim, attributes);
    },
    onnx: (_node, inputs, emitter) => op.onnx(inputs, emitter),
    tfjs: (tf, _node, [a, b]) => op.tfjs(tf, a, b),
  };
}

const logicalNot: OpDefinition<readonly [Node]> = {
  name: 'LogicalNot',
  infer: ([x]) => ({ shape: x.shape, dtype: 'bool' }),
  gradient: () => [undefined],
  onnx: (_node, inputs, emitter) => emitter.emit('Not', inputs),
  tfjs: (tf, _node, [x]) => tf.logicalNot(x),
};

const select: OpDefinition<readonly [Node, Node, Node]> = {
  name: 'Select',
  infer: ([condition, a, b]) => ({
    shape: broadcastShape('Select', condition.shape, a.shape, b.shape),
    dtype: a.dtype,
  }),
  gradient: (node, cotangent) => {
    const [condition, a, b] = node.inputs as readonly [Node, Node, Node];
    return [undefined, e.sumTo(e.select(condition, cotangent, 0), a.shape), e.sumTo(e.select(condition, 0, cotangent), b.shape)];
  },
  simplify: (inputs, _attributes, graph) => {
    const slim = slimOperands('Select', graph, inputs);
    return slim === undefined ? undefined : graph.apply('Select', slim);
  },
  onnx: (_node, inputs, emitter) => emitter.emit('Where', inputs),
  tfjs: (tf, _node, [condition, a, b]) => tf.where(condition, a, b),
};

const recordComparison =
  (name: string): KernelRecorder =>
  (inputs, _attributes, graph) =>
    graph.apply(name, [inputs.get('a'), inputs.get('b')]);

/** Comparisons, logic and selection. */
export const comparison: OpFamily = {
  ops: [...Object.entries(table).map(([name, op]) => definition(name, op)), logicalNot, select],
  kernels: {
    ...Object.fromEntries(Object.keys(table).map((name) => [name, recordComparison(name)])),
    LogicalNot: (inputs, _attributes, graph) => graph.apply('LogicalNot', [inputs.get('x')]),
    Select: (inputs) => e.select(inputs.get('condition'), inputs.get('t'), inputs.get('e')),
  },
};
