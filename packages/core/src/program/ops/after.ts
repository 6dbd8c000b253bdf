import type { Node } from '../node.js';
import { only, type OpFamily } from './definition.js';
import type { OpDefinition } from '../node.js';

const afterOp: OpDefinition = {
  name: 'After',
  infer: ([x]) => ({ shape: (x as Node).shape, dtype: (x as Node).dtype }),
  gradient: (node, cotangent) => [cotangent, ...node.inputs.slice(1).map(() => undefined)],
  onnx: (_node, [x, ...others], emitter) => {
    // an engine orders nodes by what they need: x needs nothing of the others but zero times one of their numbers
    const numbers = others.map((other) =>
      emitter.emit('Slice', [emitter.emit('Reshape', [other, emitter.integers([-1])]), emitter.integers([0]), emitter.integers([1])]),
    );
    const total = numbers.reduce((sum, number) => emitter.emit('Add', [sum, number]));
    const nothing = emitter.emit('Mul', [emitter.emit('Reshape', [total, emitter.integers([])]), emitter.scalar(0)]);
    return emitter.emit('Add', [x as string, nothing]);
  },
  tfjs: (tf, _node, inputs) => tf.clone(only(inputs)),
};

/** Order: `After(x, others...)` is x, computed when the others are. It is NaN where one of the others is not finite. */
export const after: OpFamily = { ops: [afterOp], kernels: {} };
