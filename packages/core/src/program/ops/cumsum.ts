import type { Node, OpDefinition } from '../node.js';
import { numberAttribute, type OpFamily } from './definition.js';

const flag = (node: Node, name: string): boolean => node.attributes[name] === true;

const cumulativeSum: OpDefinition<readonly [Node]> = {
  name: 'Cumsum',
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: (node, cotangent) => [node.graph.apply('Cumsum', [cotangent], { ...node.attributes, reverse: !flag(node, 'reverse') })],
  onnx: (node, [x], emitter) =>
    emitter.emit('CumSum', [x, emitter.constant(Int32Array.of(numberAttribute(node.attributes, 'axis')), [], 'int32')], {
      exclusive: Number(flag(node, 'exclusive')),
      reverse: Number(flag(node, 'reverse')),
    }),
  tfjs: (tf, node, [x]) => tf.cumsum(x, numberAttribute(node.attributes, 'axis'), flag(node, 'exclusive'), flag(node, 'reverse')),
};

/** Cumulative sums. */
export const cumsum: OpFamily = {
  ops: [cumulativeSum],
  kernels: {
    Cumsum: (inputs, attributes, graph) => {
      const x = inputs.get('x');
      const axis = numberAttribute(attributes, 'axis');
      return graph.apply('Cumsum', [x], {
        axis: axis < 0 ? axis + x.shape.length : axis,
        exclusive: attributes['exclusive'] === true,
        reverse: attributes['reverse'] === true,
      });
    },
  },
};
