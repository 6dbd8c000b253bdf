import type { Node, OpDefinition } from '../node.js';
import { type OpFamily } from './definition.js';

const afterOp: OpDefinition<readonly [Node, ...Node[]]> = {
  name: 'After',
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: (node, cotangent) => [cotangent, ...node.inputs.slice(1).map(() => undefined)],
  onnx: (_node, [x, ...others], emitter) => {
    // an engine orders nodes by what they need: x needs nothing of the others but zero times one of their numbers
    const numbers = others.map((other) =>
      emitter.emit('Slice', [emitter.emit('Reshape', [other, emitter.integers([-1])]), emitter.integers([0]), emitter.integers([1])]),
    );
    const total = numbers.reduce((sum, number) => emitter.emit('Add', [sum, number]));
    const nothing = emitter.emit('Mul', [emitter.emit('Reshape', [total, emitter.integers([])]), emitter.scalar(0)]);
    return emitter.emit('Add', [x, nothing]);
  },
  tfjs: (tf, _node, inputs) => tf.clone(inputs[0]),
};

/** Order: `After(x, others...)` is x, computed when the others are. It is NaN where one of the others is not finite. */
export const after: OpFamily = { ops: [afterOp], kernels: {} };
