import * as e from '../expressions.js';
import type { Node, OnnxEmitter, OpDefinition } from '../node.js';
import { numberAttribute, type OpFamily } from './definition.js';

const lastSize = (x: Node): number => x.shape.at(-1) as number;
const rowMean = (x: Node): Node => e.mean(x, [x.shape.length - 1], true);
const epsilonOf = (node: Node): number => numberAttribute(node.attributes, 'epsilon');

/**
 * ONNX' layer normalisation without gain: its first output is the normalised value, its third the inverse deviation.
 */
function layerNormalization(node: Node, x: string, emitter: OnnxEmitter, output: number): string {
  const size = lastSize(node.inputs[0] as Node);
  const gain = emitter.constant(new Float32Array(size).fill(1), [size], 'float32');
  return emitter.emit('LayerNormalization', [x, gain], { axis: -1, epsilon: { float: epsilonOf(node) } }, output);
}

const normalise: OpDefinition<readonly [Node]> = {
  name: 'Normalise',
  infer: ([x]) => ({ shape: x.shape, dtype: 'float32' }),
  gradient: (node, cotangent) => {
    const inverse = node.graph.apply('InverseDeviation', node.inputs, node.attributes);
    const along = e.multiply(node, rowMean(e.multiply(cotangent, node)));
    return [e.multiply(inverse, e.subtract(e.subtract(cotangent, rowMean(cotangent)), along))];
  },
  onnx: (node, [x], emitter) => layerNormalization(node, x, emitter, 0),
  tfjs: (tf, node, inputs) => {
    const centred = tf.sub(inputs[0], tf.mean(inputs[0], -1, true));
    return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilonOf(node))));
  },
};

const inverseDeviation: OpDefinition<readonly [Node]> = {
  name: 'InverseDeviation',
  infer: ([x]) => ({ shape: [...x.shape.slice(0, -1), 1], dtype: 'float32' }),
  gradient: (node, cotangent) => {
    const normalised = node.graph.apply('Normalise', node.inputs, node.attributes);
    const factor = e.multiply(e.multiply(cotangent, -1 / lastSize(normalised)), e.square(node));
    return [e.multiply(factor, normalised)];
  },
  onnx: (node, [x], emitter) => layerNormalization(node, x, emitter, 2),
  tfjs: (tf, node, inputs) => tf.rsqrt(tf.add(tf.moments(inputs[0], -1, true).variance, epsilonOf(node))),
};

/** Rows brought to mean 0 and variance 1, as one op with its own derivative rule. */
export const normalisation: OpFamily = { ops: [normalise, inverseDeviation], kernels: {} };
