import * as e from '../expressions.js';
import type { Node, OpDefinition } from '../node.js';
import type { OpFamily } from './definition.js';

const sameType = ([x]: readonly [Node]): { shape: readonly number[]; dtype: Node['dtype'] } => ({
  shape: x.shape,
  dtype: 'float32',
});
const lastAxis = (node: Node): number[] => [node.shape.length - 1];

const softmaxOp: OpDefinition<readonly [Node]> = {
  name: 'Softmax',
  infer: sameType,
  gradient: (node, cotangent) => {
    const weighted = e.multiply(cotangent, node);
    return [e.subtract(weighted, e.multiply(node, e.sum(weighted, lastAxis(node), true)))];
  },
  onnx: (_node, inputs, emitter) => emitter.emit('Softmax', inputs, { axis: -1 }),
  tfjs: (tf, _node, [x]) => tf.softmax(x),
};

const logSoftmaxOp: OpDefinition<readonly [Node]> = {
  name: 'LogSoftmax',
  infer: sameType,
  gradient: (node, cotangent) => {
    // softmax of the input rather than exp of the output: a model that also uses the softmax shares it
    const probabilities = e.softmax(node.inputs[0]);
    return [e.subtract(cotangent, e.multiply(probabilities, e.sum(cotangent, lastAxis(node), true)))];
  },
  onnx: (_node, inputs, emitter) => emitter.emit('LogSoftmax', inputs, { axis: -1 }),
  tfjs: (tf, _node, [x]) => tf.logSoftmax(x),
};

const logSumExpOp: OpDefinition<readonly [Node]> = {
  name: 'LogSumExp',
  infer: ([x]) => ({ shape: x.shape.slice(0, -1), dtype: 'float32' }),
  gradient: (node, cotangent) => {
    const [x] = node.inputs as readonly [Node];
    return [e.multiply(e.reshape(cotangent, [...node.shape, 1]), e.softmax(x))];
  },
  onnx: (node, [x], emitter) => {
    // max(x) - log(max(softmax(x))): the softmax is shared with the derivative's, and three times as fast as
    // ReduceLogSumExp
    const reduced = { axes: [node.shape.length], keepdims: 0 };
    const largest = emitter.emit('ReduceMax', [emitter.emit('Softmax', [x], { axis: -1 })], reduced);
    return emitter.emit('Sub', [emitter.emit('ReduceMax', [x], reduced), emitter.emit('Log', [largest])]);
  },
  tfjs: (tf, node, [x]) => tf.logSumExp(x, node.shape.length),
};

/** Softmax, its logarithm and its normaliser over the last axis, each one op with its own derivative rule. */
export const softmax: OpFamily = {
  ops: [softmaxOp, logSoftmaxOp, logSumExpOp],
  kernels: {
    Softmax: (inputs) => e.softmax(inputs.get('logits')),
    LogSoftmax: (inputs) => e.logSoftmax(inputs.get('logits')),
  },
};
