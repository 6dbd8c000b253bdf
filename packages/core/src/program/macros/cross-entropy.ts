import { CACHE_CHUNKS, type ChunkLimits } from '../chunk-limits.js';
import * as e from '../expressions.js';
import type { Attributes, Node, OpDefinition } from '../node.js';
import {
  chunkAttributes,
  chunksOf,
  column,
  exchanged,
  flatSize,
  gradientsThrough,
  joined,
  limitsOf,
  mixed,
  neverRun,
  partsOf,
  plus,
  rowDot,
  rowsOf,
  throughSoftmax,
  wantedParts,
} from './chunks.js';
import type { OpFamily } from '../ops/definition.js';

/**
 * hidden `[rows, width]`, table `[vocabulary, width]`, weights `[rows]`, and for soft targets latents `[rows, rank]`
 * and decoder `[rank, vocabulary]`
 */
type Factors = readonly [hidden: Node, table: Node, weights: Node, latents: Node, decoder: Node];

/** Where the weights are among the factors. */
const WEIGHTS = 2;

const chunks = (node: Node, limits: ChunkLimits): ReturnType<typeof chunksOf> => {
  const [hidden, table] = node.inputs as Factors;
  return chunksOf(hidden.shape[0] as number, table.shape[0] as number, limitsOf(node, limits));
};

/** Whether there are targets; without them only the normaliser is summed up, and its derivatives. */
const hasTargets = (node: Node): boolean => node.attributes['targets'] === true;

/** What is computed of some rows. */
interface Chunk {
  readonly states: Node;
  readonly weight: Node;
  readonly logits: Node;
  readonly probabilities: Node;
  readonly targets: { readonly latents: Node; readonly probabilities: Node } | undefined;
  /** Of probabilities and targets: the derivative of a row's loss with respect to its logits. */
  readonly difference: Node;
}

/** @param columns - the table with its axes exchanged */
function chunkOf(node: Node, columns: Node, from: number, count: number, done: readonly Node[]): Chunk {
  const [hidden, , weights, latents, decoder] = node.inputs as Factors;
  const states = e.after(rowsOf(hidden, from, count), done);
  const weight = rowsOf(column(weights), from, count);
  const logits = e.matMul(states, columns);
  const probabilities = e.softmax(logits);
  if (!hasTargets(node)) return { states, weight, logits, probabilities, targets: undefined, difference: probabilities };
  const targetLatents = e.after(rowsOf(latents, from, count), done);
  const targets = { latents: targetLatents, probabilities: e.softmax(e.matMul(targetLatents, decoder)) };
  return { states, weight, logits, probabilities, targets, difference: e.subtract(probabilities, targets.probabilities) };
}

/** Sums up loss and derivatives with respect to hidden states and table, chunk after chunk. */
class LossSums {
  readonly #losses: Node[] = [];
  readonly #toHidden: Node[] = [];
  #toColumns: Node | undefined;
  readonly #table: Node;

  constructor(node: Node) {
    this.#table = node.inputs[1] as Node;
  }

  add({ states, weight, logits, targets, difference }: Chunk): void {
    const normalisers = column(e.logSumExp(logits));
    const losses = targets === undefined ? normalisers : e.subtract(normalisers, rowDot(targets.probabilities, logits));
    this.#losses.push(e.sum(e.multiply(weight, losses)));
    this.#toHidden.push(e.multiply(weight, mixed(difference, this.#table)));
    this.#toColumns = plus(this.#toColumns, e.matMul(e.multiply(weight, states), difference, true));
  }

  /** What is wanted of the latest chunk. */
  latest([loss, hidden, table]: readonly boolean[]): Node[] {
    return [
      ...(loss === true ? this.#losses.slice(-1) : []),
      ...(hidden === true ? this.#toHidden.slice(-1) : []),
      ...(table === true ? [this.#toColumns as Node] : []),
    ];
  }

  parts(): [loss: Node, toHidden: Node, toTable: Node] {
    return [this.#losses.reduce((sum, loss) => e.add(sum, loss)), e.concat(this.#toHidden, 0), exchanged(this.#toColumns as Node)];
  }
}

/** Loss and its derivatives with respect to hidden states and table. */
function expandLoss(node: Node, wants: readonly boolean[], limits: ChunkLimits): Node {
  const columns = exchanged(node.inputs[1] as Node);
  const sums = new LossSums(node);
  let done: readonly Node[] = [];
  for (const [from, count] of chunks(node, limits)) {
    sums.add(chunkOf(node, columns, from, count, done));
    done = sums.latest(wants);
  }
  return joined(sums.parts(), done);
}

/**
 * Derivatives of `⟨d hidden, hiddenDirection⟩ + ⟨d table, tableDirection⟩` with respect to hidden states, table,
 * latents and decoder, where d are the derivatives of the loss; before them the loss and d themselves. With s the
 * softmax of the logits, p the targets and u the derivative of the logits along the directions, the logits' part is `s
 * (u - Σ s u)`, the target logits' `-p (u - Σ p u)`.
 */
function expandCurvature(node: Node, wants: readonly boolean[], limits: ChunkLimits): Node {
  const [, table, , , decoder] = node.inputs as Factors;
  const [hiddenDirection, tableDirection] = node.inputs.slice(-2) as [Node, Node];
  const columns = exchanged(table);
  const bothColumns = exchanged(e.concat([table, tableDirection], 1));
  const sums = new LossSums(node);
  const toHidden: Node[] = [];
  const toLatents: Node[] = [];
  let toColumns: Node | undefined;
  let toDecoder: Node | undefined;
  // Waiting for a direction makes these other nodes than those of a loss that is computed apart: its softmaxes need not
  // live until here.
  let done: readonly Node[] = [hiddenDirection];
  for (const [from, count] of chunks(node, limits)) {
    const chunk = chunkOf(node, columns, from, count, done);
    const { states, weight, probabilities, difference, targets } = chunk;
    sums.add(chunk);
    const direction = rowsOf(hiddenDirection, from, count);
    const change = e.matMul(e.concat([direction, states], 1), bothColumns);
    const toLogits = throughSoftmax(probabilities, change);
    if (targets !== undefined) {
      const toTargetLogits = throughSoftmax(targets.probabilities, change);
      toLatents.push(e.negate(e.multiply(weight, e.matMul(toTargetLogits, decoder, false, true))));
      toDecoder = plus(toDecoder, e.matMul(e.negate(e.multiply(weight, targets.latents)), toTargetLogits, true));
    }
    toHidden.push(e.multiply(weight, e.add(mixed(toLogits, table), mixed(difference, tableDirection))));
    toColumns = plus(toColumns, e.matMul(e.multiply(weight, states), toLogits, true));
    toColumns = e.add(toColumns, e.matMul(e.multiply(weight, direction), difference, true));
    done = [
      ...sums.latest(wants),
      toHidden.at(-1) as Node,
      ...toLatents.slice(-1),
      toColumns,
      ...(toDecoder === undefined ? [] : [toDecoder]),
    ];
  }
  const ofTargets = toDecoder === undefined ? [] : [e.concat(toLatents, 0), toDecoder];
  return joined([...sums.parts(), e.concat(toHidden, 0), exchanged(toColumns as Node), ...ofTargets], done);
}

/** What derivatives are taken with respect to: all factors but the weights. */
const differentiated = (factors: readonly Node[]): Node[] => factors.filter((_, index) => index !== WEIGHTS);

const shapesOf = (nodes: readonly Node[]): (readonly number[])[] => nodes.map(({ shape }) => shape);

/** Shapes of the loss and its derivatives with respect to hidden states and table. */
const lossShapes = ({ inputs }: Node): (readonly number[])[] => [[], ...shapesOf(inputs.slice(0, 2))];

/** Puts "no derivative" where the weights are. */
const besidesWeights = (shares: readonly Node[]): (Node | undefined)[] => [
  ...shares.slice(0, WEIGHTS),
  undefined,
  ...shares.slice(WEIGHTS),
];

/** Flat: the loss, then its derivatives with respect to hidden states and table. */
const factoredCrossEntropy: OpDefinition = {
  name: 'FactoredCrossEntropy',
  infer: (inputs) => ({ shape: [1 + flatSize(inputs.slice(0, 2))], dtype: 'float32' }),
  gradient: (node, cotangent) => {
    const shapes = lossShapes(node);
    const [ofLoss, hiddenDirection, tableDirection] = partsOf(cotangent, shapes) as [Node, Node, Node];
    const [, dHidden, dTable] = partsOf(node, shapes) as [Node, Node, Node];
    const first = [e.multiply(ofLoss, dHidden), e.multiply(ofLoss, dTable)];
    if (hasTargets(node)) {
      const [hidden, table, weights, latents, decoder] = node.inputs as Factors;
      const logits = e.matMul(hidden, table, false, true);
      const targets = e.softmax(e.matMul(latents, decoder));
      const dTargetLogits = e.multiply(e.negate(e.multiply(ofLoss, column(weights))), throughSoftmax(targets, logits));
      first.push(e.matMul(dTargetLogits, decoder, false, true), e.matMul(latents, dTargetLogits, true));
    }
    const straight = [hiddenDirection, tableDirection].every((direction) => e.fillValue(direction) === 0);
    if (straight) return besidesWeights(first);
    const flat = node.graph.apply('FactoredCrossEntropyCurvature', [...node.inputs, hiddenDirection, tableDirection], node.attributes);
    const second = partsOf(flat, [...shapes, ...shapesOf(differentiated(node.inputs))]).slice(shapes.length);
    return besidesWeights(first.map((share, index) => e.add(share, second[index] as Node)));
  },
  expand: (node, users, limits) => expandLoss(node, wantedParts(users, lossShapes(node)), limits),
  onnx: neverRun,
  tfjs: neverRun,
};

/** Flat: all of {@link factoredCrossEntropy}, then derivatives of its derivatives along two directions. */
const factoredCrossEntropyCurvature: OpDefinition = {
  name: 'FactoredCrossEntropyCurvature',
  infer: (inputs) => ({ shape: [1 + flatSize(inputs.slice(0, 2)) + flatSize(differentiated(inputs.slice(0, -2)))], dtype: 'float32' }),
  gradient: (node, cotangent) => {
    const shares = gradientsThrough(node, cotangent, (again) => expandCurvature(again, [true, true, true], CACHE_CHUNKS));
    return shares.map((share, index) => (index === WEIGHTS ? undefined : share));
  },
  share: (nodes) =>
    nodes.map((node) => {
      const loss = node.graph.apply('FactoredCrossEntropy', node.inputs.slice(0, -2), node.attributes);
      return new Map([[loss, e.slice(node, [0], loss.shape)]]);
    }),
  expand: (node, users, limits) => expandCurvature(node, wantedParts(users, lossShapes(node)), limits),
  onnx: neverRun,
  tfjs: neverRun,
};

/** The part of an op's flat value that is the loss. */
function lossOf(factors: readonly [Node, ...Node[]], attributes: Attributes): Node {
  const flat = factors[0].graph.apply('FactoredCrossEntropy', factors, attributes);
  return e.reshape(e.slice(flat, [0], [1]), []);
}

/**
 * Weighted cross-entropy against distributions, both given as factors: `Σ_r weights_r (logSumExp(z_r) - Σ_v p_rv z_rv)`
 * with `z = hidden · tableᵀ` and `p = softmax(latents · decoder)`. Neither is ever held whole: loss and derivatives are
 * computed over chunks of rows, and the second derivative computes both again. The weights are held constant.
 *
 * @param factors - hidden `[rows, width]`, table `[vocabulary, width]`, weights `[rows]`, latents `[rows, rank]`,
 *   decoder `[rank, vocabulary]`
 * @param chunkSize - logits that are worked on at once, at most (but at least a row), on whatever engine
 * @returns the loss, a scalar
 */
export const softCrossEntropyLoss = (factors: Factors, chunkSize?: number): Node =>
  lossOf(factors, { ...chunkAttributes(chunkSize), targets: true });

/**
 * The part of a weighted cross-entropy that looks at the whole vocabulary, `Σ_r weights_r logSumExp(hidden_r ·
 * tableᵀ)`, computed in the same way.
 *
 * @param factors - hidden `[rows, width]`, table `[vocabulary, width]`, weights `[rows]`
 */
export const normaliserLoss = (factors: readonly [Node, Node, Node], chunkSize?: number): Node =>
  lossOf(factors, { ...chunkAttributes(chunkSize), targets: false });

/**
 * Cross-entropy of large vocabularies as ops of their own, expanded into chunks of ordinary ops when a program is made.
 */
export const crossEntropy: OpFamily = { ops: [factoredCrossEntropy, factoredCrossEntropyCurvature], kernels: {} };
