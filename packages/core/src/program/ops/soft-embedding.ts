import * as e from '../expressions.js';
import { type Node, sizeOf } from '../graph.js';
import {
  CHUNK_SIZE,
  chunkSizeOf,
  chunksOf,
  exchanged,
  flatSize,
  gradientsThrough,
  joined,
  mixed,
  neverRun,
  partsOf,
  plus,
  rowsOf,
  throughSoftmax,
  wantedParts,
} from './chunks.js';
import { listOf, type OpDefinition, type OpFamily, sameShape } from './definition.js';

/** latents `[rows, rank]`, decoder `[rank, vocabulary]`, table `[vocabulary, width]` */
type Factors = readonly [latents: Node, decoder: Node, table: Node];

const chunks = (node: Node): ReturnType<typeof chunksOf> => {
  const [latents, decoder] = node.inputs as Factors;
  return chunksOf(latents.shape[0] as number, decoder.shape[1] as number, chunkSizeOf(node));
};

/** Embeddings of the same distributions by several tables are one by the tables side by side. */
function sideBySide(nodes: readonly Node[]): ReadonlyMap<Node, Node>[] {
  const groups = new Map<string, Node[]>();
  for (const node of nodes) {
    const key = JSON.stringify([node.inputs[0]?.id, node.inputs[1]?.id, node.attributes]);
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => {
      const [{ graph, inputs, attributes }] = group as [Node];
      const [latents, decoder] = inputs as Factors;
      const tables = e.concat(
        group.map((node) => node.inputs[2] as Node),
        1,
      );
      const joint = graph.apply('SoftEmbedding', [latents, decoder, tables], attributes);
      let offset = 0;
      return new Map(
        group.map((node) => {
          const part = e.slice(joint, [0, offset], node.shape);
          offset += node.shape[1] as number;
          return [node, part] as const;
        }),
      );
    });
}

const softEmbedding: OpDefinition = {
  name: 'SoftEmbedding',
  infer: ([latents, , table]) => ({ shape: [(latents as Node).shape[0] as number, (table as Node).shape[1] as number], dtype: 'float32' }),
  gradient: (node, cotangent) =>
    partsOf(
      node.graph.apply('SoftEmbeddingGradient', [...node.inputs, cotangent], node.attributes),
      node.inputs.map(({ shape }) => shape),
    ),
  share: sideBySide,
  expand: (node) => {
    const [latents, decoder, table] = node.inputs as Factors;
    const embedded: Node[] = [];
    for (const [from, count] of chunks(node)) {
      const part = e.after(rowsOf(latents, from, count), embedded.slice(-1));
      const probabilities = e.softmax(e.matMul(part, decoder));
      embedded.push(mixed(probabilities, table));
    }
    return e.concat(embedded, 0);
  },
  onnx: neverRun,
  tfjs: neverRun,
};

/** Derivatives of `⟨embedding, cotangent⟩` with respect to latents, decoder and table, flat. */
function expandGradient(node: Node, [wantsLatents, wantsDecoder, wantsTable]: readonly boolean[]): Node {
  const [latents, decoder, table, cotangent] = node.inputs as readonly [...Factors, Node];
  const columns = exchanged(table);
  const toLatents: Node[] = [];
  let [toDecoder, toColumns]: (Node | undefined)[] = [];
  // waiting for the cotangent makes these other softmaxes than the embedding's, which then need not live until here
  let done: readonly Node[] = [cotangent];
  for (const [from, count] of chunks(node)) {
    const part = e.after(rowsOf(latents, from, count), done);
    const above = e.after(rowsOf(cotangent, from, count), done);
    const probabilities = e.softmax(e.matMul(part, decoder));
    const toLogits = throughSoftmax(probabilities, e.matMul(above, columns));
    toLatents.push(e.matMul(toLogits, decoder, false, true));
    toDecoder = plus(toDecoder, e.matMul(part, toLogits, true));
    toColumns = plus(toColumns, e.matMul(above, probabilities, true));
    done = [
      ...(wantsLatents === true ? toLatents.slice(-1) : []),
      ...(wantsDecoder === true ? [toDecoder] : []),
      ...(wantsTable === true ? [toColumns] : []),
    ];
  }
  return joined([e.concat(toLatents, 0), toDecoder as Node, exchanged(toColumns as Node)], done);
}

const factorShapes = (node: Node): (readonly number[])[] => node.inputs.slice(0, 3).map(({ shape }) => shape);

const softEmbeddingGradient: OpDefinition = {
  name: 'SoftEmbeddingGradient',
  infer: (inputs) => ({ shape: [flatSize(inputs.slice(0, 3))], dtype: 'float32' }),
  gradient: (node, cotangent) => {
    const [latents, decoder, , above] = node.inputs as readonly [...Factors, Node];
    const [alongLatents, alongDecoder, alongTable] = partsOf(cotangent, factorShapes(node)) as [Node, Node, Node];
    if ([alongLatents, alongDecoder].some((along) => e.fillValue(along) !== 0))
      return gradientsThrough(node, cotangent, (again) => expandGradient(again, [true, true, true]));
    // ⟨d table, direction⟩ is the embedding by the direction, times the cotangent
    const moved = node.graph.apply('SoftEmbeddingGradient', [latents, decoder, alongTable, above], node.attributes);
    const [toLatents, toDecoder] = partsOf(moved, factorShapes(node));
    return [toLatents, toDecoder, undefined, softEmbedded(latents, decoder, alongTable, node.attributes)];
  },
  expand: (node, users) => expandGradient(node, wantedParts(users, factorShapes(node))),
  onnx: neverRun,
  tfjs: neverRun,
};

/** `softmax(latents · decoder) · table`, `[rows, width]`, without ever holding the distributions whole. */
export function softEmbedded(latents: Node, decoder: Node, table: Node, attributes: Node['attributes'] = { chunkSize: CHUNK_SIZE }): Node {
  return latents.graph.apply('SoftEmbedding', [latents, decoder, table], attributes);
}

/** What a softmax is taken of, through changes of shape that keep its rows. */
function withoutReshape(node: Node): Node {
  const [x] = node.inputs as readonly [Node];
  return node.op === 'Reshape' && x.shape.at(-1) === node.shape.at(-1) ? withoutReshape(x) : node;
}

/** Recognises `softmax(latents · decoder) · table`, which is how a model embeds decoded tokens. */
export function asSoftEmbedding(a: Node, b: Node): Node | undefined {
  const softmax = withoutReshape(a);
  if (softmax.op !== 'Softmax' || a.shape.length !== 2 || b.shape.length !== 2) return undefined;
  const product = withoutReshape(softmax.inputs[0] as Node);
  const { transposeA, transposeB } = product.attributes;
  if (product.op !== 'BatchMatMul' || product.shape.length !== 2 || transposeA === true || transposeB === true) return undefined;
  const [latents, decoder] = product.inputs as readonly [Node, Node];
  return softEmbedded(latents, decoder, b);
}

/** The gradient that a node is a part of, if it is all of its derivative with respect to latents (0) or decoder (1). */
function gradientPart(part: Node): { readonly source: Node; readonly factor: 0 | 1 } | undefined {
  const slice = part.op === 'Reshape' ? (part.inputs[0] as Node) : part;
  const [source] = slice.inputs;
  if (slice.op !== 'Slice' || source?.op !== 'SoftEmbeddingGradient') return undefined;
  const [latents, decoder] = source.inputs as readonly [Node, Node];
  const [begin] = listOf(slice, 'begin');
  if (begin === 0 && sameShape(part.shape, latents.shape)) return { source, factor: 0 };
  return begin === sizeOf(latents.shape) && sameShape(part.shape, decoder.shape) ? { source, factor: 1 } : undefined;
}

/**
 * Two gradients of embeddings of the same distributions, added up: `⟨p, c₁ t₁ᵀ⟩ + ⟨p, c₂ t₂ᵀ⟩` is the derivative of one embedding by tables side by side.
 *
 * @returns what `a + b` is, if both are the same part of such gradients, or if `a` is a sum that has such a part
 */
export function asJoinedGradient(a: Node, b: Node): Node | undefined {
  const right = gradientPart(b);
  if (right === undefined) return undefined;
  if (a.op === 'Add') {
    const [p, q] = a.inputs as readonly [Node, Node];
    const [withP, withQ] = [asJoinedGradient(p, b), asJoinedGradient(q, b)];
    return withP === undefined ? withQ && e.add(p, withQ) : e.add(withP, q);
  }
  const left = gradientPart(a);
  const [latents, decoder, table, cotangent] = right.source.inputs as readonly [...Factors, Node];
  if (left?.factor !== right.factor || left.source.inputs[0] !== latents || left.source.inputs[1] !== decoder) return undefined;
  const [, , otherTable, otherCotangent] = left.source.inputs as readonly [...Factors, Node];
  const joint = [latents, decoder, e.concat([otherTable, table], 1), e.concat([otherCotangent, cotangent], 1)];
  const flat = latents.graph.apply('SoftEmbeddingGradient', joint, right.source.attributes);
  return partsOf(flat, [latents.shape, decoder.shape])[right.factor];
}

/** Embeddings of distributions over large vocabularies, as ops of their own. */
export const softEmbeddings: OpFamily = { ops: [softEmbedding, softEmbeddingGradient], kernels: {} };
