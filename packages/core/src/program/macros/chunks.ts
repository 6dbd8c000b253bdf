/**
 * What ops over a large vocabulary share: they are expanded into chunks of rows, one after the other, so that nothing
 * of the logits' size is ever held whole.
 */
import { FarziError } from '../../errors.js';
import { CACHE_CHUNKS, type ChunkLimits } from '../chunk-limits.js';
import * as e from '../expressions.js';
import { gradients } from '../gradients.js';
import { type Attributes, type Node, sizeOf } from '../node.js';
import { rebuild } from '../walk.js';
import { listAttribute, numberAttribute } from '../ops/definition.js';

/** Engines never see these ops. */
export const neverRun = (): never => {
  throw new FarziError('FARZI_INTERNAL', 'An op over chunks is expanded before it runs.');
};

/** First row and number of rows of each chunk of `[rows, vocabulary]`. */
export function chunksOf(
  rows: number,
  vocabulary: number,
  limits: ChunkLimits = CACHE_CHUNKS,
): readonly (readonly [from: number, count: number])[] {
  const most = Math.min(limits.rows, Math.max(1, Math.floor(limits.size / vocabulary)));
  const each = Math.ceil(rows / Math.ceil(rows / most));
  return Array.from({ length: Math.ceil(rows / each) }, (_, index) => [index * each, Math.min(each, rows - index * each)] as const);
}

/** Attributes of an op whose chunks are to be of some size, whoever computes it. */
export const chunkAttributes = (chunkSize: number | undefined): Attributes => (chunkSize === undefined ? {} : { chunkSize });

/** Limits of the chunks of an op: its own, if it has any. */
export const limitsOf = ({ attributes }: Node, limits: ChunkLimits): ChunkLimits =>
  attributes['chunkSize'] === undefined ? limits : { ...CACHE_CHUNKS, size: numberAttribute(attributes, 'chunkSize') };

/** Some rows of a matrix. */
export const rowsOf = (x: Node, from: number, count: number): Node => e.slice(x, [from, 0], [count, x.shape[1] as number]);

/** A product with a chunk of distributions, which is not to be recognised as an embedding again. */
export const mixed = (probabilities: Node, table: Node): Node =>
  probabilities.graph.apply('BatchMatMul', [probabilities, table], { expanded: true });

/** A vector as a column. */
export const column = (x: Node): Node => e.reshape(x, [sizeOf(x.shape), 1]);

/** Inner products of rows, as a column: products of matrices of one row and one column, which write nothing large. */
export function rowDot(a: Node, b: Node): Node {
  const [rows, columns] = a.shape as readonly [number, number];
  return e.reshape(e.matMul(e.reshape(a, [rows, 1, columns]), e.reshape(b, [rows, 1, columns]), false, true), [rows, 1]);
}

/**
 * A matrix with its axes exchanged, in memory: products of few columns or rows with a large matrix run up to twice as
 * fast where that need not be read across its rows. The shapes keep it from becoming a flag of the product.
 */
export function exchanged(x: Node): Node {
  const [rows, columns] = x.shape as readonly [number, number];
  return e.reshape(e.transpose(e.reshape(x, [1, rows, columns]), [0, 2, 1]), [columns, rows]);
}

/** The sum of what has been summed so far and one more. */
export const plus = (soFar: Node | undefined, more: Node): Node => (soFar === undefined ? more : e.add(soFar, more));

/** Cotangent of logits from the cotangent of their softmax. */
export const throughSoftmax = (probabilities: Node, cotangent: Node): Node =>
  e.multiply(probabilities, e.subtract(cotangent, rowDot(probabilities, cotangent)));

/**
 * Values of several shapes as one flat value, as an op has one output. Whoever asks for one of them waits for all that
 * the last chunk has `done`, which then needs nothing large any more.
 */
export const joined = (parts: readonly Node[], done: readonly Node[] = []): Node =>
  e.concat(
    parts.map((part) => e.flatten(e.after(part, done))),
    0,
  );

/** Length of the flat value that {@link joined} makes of values of these shapes. */
export const flatSize = (nodes: readonly Node[]): number => nodes.reduce((size, { shape }) => size + sizeOf(shape), 0);

/** The parts of a flat value, in some shapes. */
export function partsOf(flat: Node, shapes: readonly (readonly number[])[]): Node[] {
  let offset = 0;
  return shapes.map((shape) => {
    const part = e.reshape(e.slice(flat, [offset], [sizeOf(shape)]), shape);
    offset += sizeOf(shape);
    return part;
  });
}

/** Which parts of a flat value the nodes that read it want: what nobody wants must not be waited for. */
export function wantedParts(users: readonly Node[], shapes: readonly (readonly number[])[]): boolean[] {
  let offset = 0;
  return shapes.map((shape) => {
    const [start, end] = [offset, offset + sizeOf(shape)];
    offset = end;
    return users.some(({ op, attributes, shape: size }) => {
      const [begin = 0] = op === 'Slice' ? listAttribute(attributes, 'begin') : [];
      return op !== 'Slice' || (begin < end && begin + (size[0] ?? 0) > start);
    });
  });
}

/** Cotangents of a node's inputs through what it expands to. */
export function gradientsThrough(node: Node, cotangent: Node, expand: (again: Node) => Node): Node[] {
  const { graph } = node;
  // Partial derivatives: inputs that depend on each other, or that the cotangent depends on, are told apart by standing
  // in for them.
  const standIns = node.inputs.map(({ shape, dtype }, index) => graph.input(`input ${index} of ${node.id}`, shape, dtype));
  const above = graph.input(`cotangent of ${node.id}`, node.shape);
  const flat = expand(graph.apply(node.op, standIns, node.attributes));
  const shares = gradients(e.sum(e.multiply(flat, above)), standIns);
  const real = new Map([...standIns.map((standIn, index) => [standIn, node.inputs[index] as Node] as const), [above, cotangent]]);
  return rebuild(shares, (current) => real.get(current) ?? current);
}
