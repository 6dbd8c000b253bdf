import type { Node, OpDefinition } from '../node.js';
import { type OpFamily } from './definition.js';

const leaf: OpDefinition<readonly [Node]> = {
  name: 'Leaf',
  infer: ([{ shape, dtype }]) => ({ shape, dtype }),
  gradient: (_node, cotangent) => [cotangent],
  onnx: (_node, [x], emitter) => emitter.emit('Identity', [x]),
  tfjs: (tf, _node, inputs) => tf.clone(inputs[0]),
};

/**
 * What derivatives may be taken with respect to besides inputs: the same value, which no identity and no rewrite looks
 * through. Without it a node that was built on another could be simplified to something behind it, and the derivative
 * with respect to the other would be lost. Leaves go when a program is made.
 */
export const leaves: OpFamily = { ops: [leaf], kernels: {} };
