import { FarziError } from '../../errors.js';
import * as e from '../expressions.js';
import { type Attributes, type Node, type OpDefinition, sizeOf } from '../node.js';
import { numberAttribute, type OpFamily } from './definition.js';

const sizeFor = ({ shape }: Node, attributes: Attributes): number[] => {
  const k = numberAttribute(attributes, 'k');
  const size = shape.at(-1);
  if (size === undefined || k < 1 || k > size) {
    throw new FarziError('FARZI_SHAPE', `The ${k} largest of [${shape.join(', ')}] cannot be taken along its last axis.`);
  }
  return [...shape.slice(0, -1), k];
};

const indices: OpDefinition<readonly [Node]> = {
  name: 'TopKIndices',
  infer: ([x], attributes) => ({ shape: sizeFor(x, attributes), dtype: 'int32' }),
  gradient: () => [undefined],
  onnx: (node, [x], emitter) => {
    const k = emitter.integers([numberAttribute(node.attributes, 'k')]);
    return emitter.cast(emitter.emit('TopK', [x, k], { axis: -1, largest: 1, sorted: 1 }, 1), 'int32');
  },
  tfjs: (tf, node, inputs) => tf.topk(inputs[0], numberAttribute(node.attributes, 'k'), true).indices,
};

/** The elements at some indices along the last axis. */
function elementsAt(x: Node, chosen: Node): Node {
  const columns = x.shape.at(-1) as number;
  const k = chosen.shape.at(-1) as number;
  const rows = sizeOf(x.shape) / columns;
  const offsets = Int32Array.from({ length: rows }, (_, row) => row * columns);
  const places = e.add(e.constant(x, offsets, [rows, 1], 'int32'), e.reshape(chosen, [rows, k]));
  return e.reshape(e.gather(e.flatten(x), places), chosen.shape);
}

/** The largest elements along the last axis: largest first, of equal ones the one with the lower index. */
export const topK: OpFamily = {
  ops: [indices],
  kernels: {
    TopK: (inputs, attributes) => {
      const x = inputs.get('x');
      const chosen = x.graph.apply('TopKIndices', [x], { k: numberAttribute(attributes, 'k') });
      return [elementsAt(x, chosen), chosen];
    },
  },
};
