import { FarziError } from '../../errors.js';
import * as e from '../expressions.js';
import { type Node, type OnnxEmitter, type OpDefinition } from '../node.js';
import { broadcastShape } from './binary.js';
import type { OpFamily } from './definition.js';

const batchOf = (node: Node): readonly number[] => node.shape.slice(0, -2);

/** Exchanges the last two axes of an ONNX value. */
function swapped(name: string, rank: number, emitter: OnnxEmitter): string {
  const permutation = Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
  return emitter.emit('Transpose', [name], { perm: permutation });
}

/** Whether a node is a product of two matrices, to which a third can be added as it is computed. */
const isGemm = ({ op, inputs }: Node): boolean => op === 'BatchMatMul' && inputs.every(({ shape }) => shape.length === 2);

const batchMatMul: OpDefinition<readonly [Node, Node]> = {
  name: 'BatchMatMul',
  infer: ([a, b], attributes) => {
    const [left, right] = [a.shape, b.shape];
    const [rows, inner] = attributes['transposeA'] === true ? [left.at(-1), left.at(-2)] : [left.at(-2), left.at(-1)];
    const [innerB, columns] = attributes['transposeB'] === true ? [right.at(-1), right.at(-2)] : [right.at(-2), right.at(-1)];
    if (rows === undefined || columns === undefined || inner === undefined || inner !== innerB) {
      throw new FarziError(
        'FARZI_SHAPE',
        `The op matMul cannot multiply [${left.join(', ')}] and [${right.join(', ')}]: their inner sizes ${String(inner)} and ${String(innerB)} differ.`,
      );
    }
    return { shape: [...broadcastShape('matMul', batchOf(a), batchOf(b)), rows, columns], dtype: 'float32' };
  },
  gradient: (node, c) => {
    const [a, b] = node.inputs as readonly [Node, Node];
    const ta = node.attributes['transposeA'] === true;
    const tb = node.attributes['transposeB'] === true;
    const toA = ta ? e.matMul(b, c, tb, true) : e.matMul(c, b, false, !tb);
    const toB = tb ? e.matMul(c, a, true, ta) : e.matMul(a, c, !ta, false);
    return [e.sumTo(toA, a.shape), e.sumTo(toB, b.shape)];
  },
  simplify: (inputs, attributes, graph) => {
    const [a, b] = inputs;
    if (e.fillValue(a) === 0 || e.fillValue(b) === 0) return graph.fill(0, batchMatMul.infer(inputs, attributes).shape);
    return undefined;
  },
  accumulates: isGemm,
  onnx: (node, inputs, emitter, start) => {
    const { transposeA, transposeB } = node.attributes;
    if (isGemm(node))
      return emitter.emit('Gemm', start === undefined ? inputs : [...inputs, start], {
        transA: Number(transposeA === true),
        transB: Number(transposeB === true),
      });
    const [a, b] = inputs;
    const [left, right] = node.inputs as readonly [Node, Node];
    return emitter.emit('MatMul', [
      transposeA === true ? swapped(a, left.shape.length, emitter) : a,
      transposeB === true ? swapped(b, right.shape.length, emitter) : b,
    ]);
  },
  tfjs: (tf, node, [a, b]) => tf.matMul(a, b, node.attributes['transposeA'] === true, node.attributes['transposeB'] === true),
};

/** Matrix products. */
export const matmul: OpFamily = {
  ops: [batchMatMul],
  kernels: {
    BatchMatMul: (inputs, attributes) =>
      e.matMul(inputs.get('a'), inputs.get('b'), attributes['transposeA'] === true, attributes['transposeB'] === true),
  },
};
