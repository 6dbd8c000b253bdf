import type * as Tfjs from '@tensorflow/tfjs-core';
import { FarziError } from '../../errors.js';
import * as e from '../expressions.js';
import { type Attributes, type Node, sizeOf } from '../graph.js';
import { broadcastShape } from './binary.js';
import type { OnnxEmitter, OpDefinition, OpFamily } from './definition.js';
import { asSoftEmbedding } from './soft-embedding.js';

const batchOf = (node: Node): readonly number[] => node.shape.slice(0, -2);

/** Exchanges the last two axes of an ONNX value. */
function swapped(name: string, rank: number, emitter: OnnxEmitter): string {
  const permutation = Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
  return emitter.emit('Transpose', [name], { perm: permutation });
}

/** `x` and `s` where a matrix is `x * s` with one factor for each row, `s` of shape `[rows, 1]`. */
function rowScaled(matrix: Node): readonly [x: Node, s: Node] | undefined {
  if (matrix.op !== 'Multiply') return undefined;
  const [p, q] = matrix.inputs as readonly [Node, Node];
  const isColumn = ({ shape }: Node): boolean => shape.length === 2 && shape[0] === matrix.shape[0] && shape[1] === 1;
  if (isColumn(q) && p.shape.join() === matrix.shape.join()) return [p, q];
  return isColumn(p) && q.shape.join() === matrix.shape.join() ? [q, p] : undefined;
}

/** Moves a scale of rows from the larger of two matrices to where fewer numbers are touched: `(s x) b = s (x b)` and `(s x)ᵀ b = xᵀ (s b)`. */
function withoutRowScale(a: Node, b: Node, attributes: Attributes): Node | undefined {
  if (a.shape.length !== 2 || b.shape.length !== 2) return undefined;
  const transposeA = attributes['transposeA'] === true;
  const transposeB = attributes['transposeB'] === true;
  const [columnsA, columnsB] = [a.shape[1] as number, b.shape[1] as number];
  const scaledA = rowScaled(a);
  if (scaledA !== undefined) {
    const [x, s] = scaledA;
    const width = transposeB ? (b.shape[0] as number) : columnsB;
    if (!transposeA && width < columnsA) return e.multiply(e.matMul(x, b, false, transposeB), s);
    if (transposeA && !transposeB && columnsB < columnsA) return e.matMul(x, e.multiply(b, s), true, false);
  }
  const scaledB = rowScaled(b);
  if (scaledB !== undefined && transposeA && !transposeB && columnsA < columnsB) {
    const [x, s] = scaledB;
    return e.matMul(e.multiply(a, s), x, true, false);
  }
  return undefined;
}

/** Whether a node is a product of two matrices, to which a third can be added as it is computed. */
const isGemm = ({ op, inputs }: Node): boolean => op === 'BatchMatMul' && inputs.every(({ shape }) => shape.length === 2);

const batchMatMul: OpDefinition = {
  name: 'BatchMatMul',
  infer: ([a, b], attributes) => {
    const [left, right] = [(a as Node).shape, (b as Node).shape];
    const [rows, inner] = attributes['transposeA'] === true ? [left.at(-1), left.at(-2)] : [left.at(-2), left.at(-1)];
    const [innerB, columns] = attributes['transposeB'] === true ? [right.at(-1), right.at(-2)] : [right.at(-2), right.at(-1)];
    if (rows === undefined || columns === undefined || inner === undefined || inner !== innerB) {
      throw new FarziError(
        'FARZI_SHAPE',
        `matMul of [${left.join(', ')}] and [${right.join(', ')}]: inner sizes ${String(inner)} and ${String(innerB)} differ`,
      );
    }
    return { shape: [...broadcastShape('matMul', batchOf(a as Node), batchOf(b as Node)), rows, columns], dtype: 'float32' };
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
    const [a, b] = inputs as readonly [Node, Node];
    if (e.fillValue(a) === 0 || e.fillValue(b) === 0) return graph.fill(0, batchMatMul.infer(inputs, attributes).shape);
    // a transposed matrix is the same matrix read the other way
    for (const [index, flag] of [
      [0, 'transposeA'],
      [1, 'transposeB'],
    ] as const) {
      const operand = inputs[index] as Node;
      const permutation = operand.op === 'Transpose' ? (operand.attributes['permutation'] as readonly number[]) : [];
      const rank = operand.shape.length;
      if (rank >= 2 && permutation.length === rank && permutation.every((from, to) => from === (to < rank - 2 ? to : 2 * rank - 3 - to))) {
        const replaced = inputs.map((input, at) => (at === index ? (operand.inputs[0] as Node) : input));
        return graph.apply('BatchMatMul', replaced, { ...attributes, [flag]: attributes[flag] !== true });
      }
    }
    const plain = ['transposeA', 'transposeB', 'expanded'].every((flag) => attributes[flag] !== true);
    const embedding = plain ? asSoftEmbedding(a, b) : undefined;
    if (embedding !== undefined) return embedding;
    const outside = withoutRowScale(a, b, attributes);
    if (outside !== undefined) return outside;
    // a product of every batch with one matrix is one product
    if (a.shape.length > 2 && sizeOf(batchOf(b)) === 1 && attributes['transposeA'] !== true) {
      const shape = batchMatMul.infer(inputs, attributes).shape;
      const rows = e.reshape(a, [-1, a.shape.at(-1) as number]);
      return e.reshape(e.matMul(rows, e.reshape(b, b.shape.slice(-2)), false, attributes['transposeB'] === true), shape);
    }
    return undefined;
  },
  accumulates: isGemm,
  onnx: (node, inputs, emitter) => {
    const { transposeA, transposeB } = node.attributes;
    if (isGemm(node)) return emitter.emit('Gemm', inputs, { transA: Number(transposeA === true), transB: Number(transposeB === true) });
    const [a, b] = inputs;
    const [left, right] = node.inputs as readonly [Node, Node];
    return emitter.emit('MatMul', [
      transposeA === true ? swapped(a as string, left.shape.length, emitter) : (a as string),
      transposeB === true ? swapped(b as string, right.shape.length, emitter) : (b as string),
    ]);
  },
  tfjs: (tf, node, [a, b]) =>
    tf.matMul(a as Tfjs.Tensor, b as Tfjs.Tensor, node.attributes['transposeA'] === true, node.attributes['transposeB'] === true),
};

/** Matrix products. */
export const matmul: OpFamily = {
  ops: [batchMatMul],
  kernels: {
    BatchMatMul: (inputs, attributes) =>
      e.matMul(inputs.get('a'), inputs.get('b'), attributes['transposeA'] === true, attributes['transposeB'] === true),
  },
};
