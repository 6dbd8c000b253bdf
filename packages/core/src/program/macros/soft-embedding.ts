import { CACHE_CHUNKS, type ChunkLimits } from '../chunk-limits.js';
import * as e from '../expressions.js';
import { type Node, type OpDefinition } from '../node.js';
import {
  chunksOf,
  exchanged,
  flatSize,
  gradientsThrough,
  joined,
  limitsOf,
  mixed,
  neverRun,
  partsOf,
  plus,
  rowsOf,
  throughSoftmax,
  wantedParts,
} from './chunks.js';
import { type OpFamily } from '../ops/definition.js';

/** latents `[rows, rank]`, decoder `[rank, vocabulary]`, table `[vocabulary, width]` */
type Factors = readonly [latents: Node, decoder: Node, table: Node];

const chunks = (node: Node, limits: ChunkLimits): ReturnType<typeof chunksOf> => {
  const [latents, decoder] = node.inputs as Factors;
  return chunksOf(latents.shape[0] as number, decoder.shape[1] as number, limitsOf(node, limits));
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
  expand: (node, _users, limits) => {
    const [latents, decoder, table] = node.inputs as Factors;
    const embedded: Node[] = [];
    for (const [from, count] of chunks(node, limits)) {
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
function expandGradient(node: Node, [wantsLatents, wantsDecoder, wantsTable]: readonly boolean[], limits: ChunkLimits): Node {
  const [latents, decoder, table, cotangent] = node.inputs as readonly [...Factors, Node];
  const columns = exchanged(table);
  const toLatents: Node[] = [];
  let [toDecoder, toColumns]: (Node | undefined)[] = [];
  // waiting for the cotangent makes these other softmaxes than the embedding's, which then need not live until here
  let done: readonly Node[] = [cotangent];
  for (const [from, count] of chunks(node, limits)) {
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
      return gradientsThrough(node, cotangent, (again) => expandGradient(again, [true, true, true], CACHE_CHUNKS));
    // ⟨d table, direction⟩ is the embedding by the direction, times the cotangent
    const moved = node.graph.apply('SoftEmbeddingGradient', [latents, decoder, alongTable, above], node.attributes);
    const [toLatents, toDecoder] = partsOf(moved, factorShapes(node));
    return [toLatents, toDecoder, undefined, softEmbedded(latents, decoder, alongTable, node.attributes)];
  },
  expand: (node, users, limits) => expandGradient(node, wantedParts(users, factorShapes(node)), limits),
  onnx: neverRun,
  tfjs: neverRun,
};

/** `softmax(latents · decoder) · table`, `[rows, width]`, without ever holding the distributions whole. */
export function softEmbedded(latents: Node, decoder: Node, table: Node, attributes: Node['attributes'] = {}): Node {
  return latents.graph.apply('SoftEmbedding', [latents, decoder, table], attributes);
}

/** Embeddings of distributions over large vocabularies, as ops of their own. */
export const softEmbeddings: OpFamily = { ops: [softEmbedding, softEmbeddingGradient], kernels: {} };
