import * as e from '../expressions.js';
import type { Node } from '../graph.js';
import {
  CHUNK_SIZE,
  chunksOf,
  column,
  flatSize,
  gradientsThrough,
  joined,
  neverRun,
  partsOf,
  plus,
  rowsOf,
  rowSum,
  throughSoftmax,
  wantedParts,
} from './chunks.js';
import type { OpDefinition, OpFamily } from './definition.js';

/** hidden `[rows, width]`, table `[vocabulary, width]`, latents `[rows, rank]`, decoder `[rank, vocabulary]`, weights `[rows]` */
type Factors = readonly [hidden: Node, table: Node, latents: Node, decoder: Node, weights: Node];

const chunks = (node: Node): ReturnType<typeof chunksOf> => {
  const [hidden, table] = node.inputs as Factors;
  return chunksOf(node, hidden.shape[0] as number, table.shape[0] as number);
};

/** Loss and its derivatives with respect to hidden states and table, chunk after chunk. */
function expandLoss(node: Node, withLoss: boolean): Node {
  const [hidden, table, latents, decoder, weights] = node.inputs as Factors;
  const losses: Node[] = [];
  const toHidden: Node[] = [];
  let toTable: Node | undefined;
  let done: readonly Node[] = [];
  for (const [from, count] of chunks(node)) {
    const states = e.after(rowsOf(hidden, from, count), done);
    const weight = rowsOf(column(weights), from, count);
    const logits = e.matMul(states, table, false, true);
    const targets = e.softmax(e.matMul(e.after(rowsOf(latents, from, count), done), decoder));
    const difference = e.subtract(e.softmax(logits), targets);
    const rowLosses = e.subtract(column(e.logSumExp(logits)), rowSum(e.multiply(targets, logits)));
    losses.push(e.sum(e.multiply(weight, rowLosses)));
    toHidden.push(e.multiply(weight, e.matMul(difference, table)));
    toTable = plus(toTable, e.matMul(difference, e.multiply(weight, states), true));
    done = [toHidden.at(-1) as Node, toTable, ...(withLoss ? losses.slice(-1) : [])];
  }
  return joined([losses.reduce((sum, loss) => e.add(sum, loss)), e.concat(toHidden, 0), toTable as Node], done);
}

/**
 * Derivatives of `⟨d hidden, hiddenDirection⟩ + ⟨d table, tableDirection⟩` with respect to hidden states, table, latents and decoder, where d are the derivatives of the loss.
 * With s the softmax of the logits, p the targets and u the derivative of the logits along the directions, the logits' part is `s (u - Σ s u)`, the target logits' `-p (u - Σ p u)`.
 */
function expandCurvature(node: Node): Node {
  const [hidden, table, latents, decoder, weights, hiddenDirection, tableDirection] = node.inputs as readonly [...Factors, Node, Node];
  const bothTables = e.concat([table, tableDirection], 1);
  const toHidden: Node[] = [];
  const toLatents: Node[] = [];
  let toTable: Node | undefined;
  let toDecoder: Node | undefined;
  // Waiting for a direction makes these other nodes than those of the loss: its softmaxes are computed again instead of living until here.
  let done: readonly Node[] = [hiddenDirection];
  for (const [from, count] of chunks(node)) {
    const states = e.after(rowsOf(hidden, from, count), done);
    const targetLatents = e.after(rowsOf(latents, from, count), done);
    const direction = rowsOf(hiddenDirection, from, count);
    const weight = rowsOf(column(weights), from, count);
    const probabilities = e.softmax(e.matMul(states, table, false, true));
    const targets = e.softmax(e.matMul(targetLatents, decoder));
    const change = e.matMul(e.concat([direction, states], 1), bothTables, false, true);
    const toLogits = throughSoftmax(probabilities, change);
    const toTargetLogits = throughSoftmax(targets, change);
    const difference = e.subtract(probabilities, targets);
    toHidden.push(e.multiply(weight, e.add(e.matMul(toLogits, table), e.matMul(difference, tableDirection))));
    toLatents.push(e.negate(e.multiply(weight, e.matMul(toTargetLogits, decoder, false, true))));
    const tableShare = e.add(
      e.matMul(toLogits, e.multiply(weight, states), true),
      e.matMul(difference, e.multiply(weight, direction), true),
    );
    const decoderShare = e.matMul(e.negate(e.multiply(weight, targetLatents)), toTargetLogits, true);
    toTable = plus(toTable, tableShare);
    toDecoder = plus(toDecoder, decoderShare);
    done = [toHidden.at(-1) as Node, toLatents.at(-1) as Node, toTable, toDecoder];
  }
  return joined([e.concat(toHidden, 0), toTable as Node, e.concat(toLatents, 0), toDecoder as Node], done);
}

const shapesOf = (nodes: readonly Node[]): (readonly number[])[] => nodes.map(({ shape }) => shape);

/** Flat: the loss, then its derivatives with respect to hidden states and table. */
const softCrossEntropy: OpDefinition = {
  name: 'SoftCrossEntropy',
  infer: (inputs) => ({ shape: [1 + flatSize(inputs.slice(0, 2))], dtype: 'float32' }),
  gradient: (node, cotangent) => {
    const factors = node.inputs as Factors;
    const [hidden, table, latents, decoder, weights] = factors;
    const shapes = [[], hidden.shape, table.shape];
    const [ofLoss, hiddenDirection, tableDirection] = partsOf(cotangent, shapes) as [Node, Node, Node];
    const [, dHidden, dTable] = partsOf(node, shapes) as [Node, Node, Node];
    const logits = e.matMul(hidden, table, false, true);
    const targets = e.softmax(e.matMul(latents, decoder));
    const dTargetLogits = e.multiply(e.negate(e.multiply(ofLoss, column(weights))), throughSoftmax(targets, logits));
    const first = [
      e.multiply(ofLoss, dHidden),
      e.multiply(ofLoss, dTable),
      e.matMul(dTargetLogits, decoder, false, true),
      e.matMul(latents, dTargetLogits, true),
    ];
    const straight = [hiddenDirection, tableDirection].every((direction) => e.fillValue(direction) === 0);
    if (straight) return [...first, undefined];
    const flat = node.graph.apply('SoftCrossEntropyCurvature', [...factors, hiddenDirection, tableDirection], node.attributes);
    const second = partsOf(flat, shapesOf(factors.slice(0, 4)));
    return [...first.map((share, index) => e.add(share, second[index] as Node)), undefined];
  },
  expand: (node, users) => expandLoss(node, wantedParts(users, [[]])[0] === true),
  onnx: neverRun,
  tfjs: neverRun,
};

const softCrossEntropyCurvature: OpDefinition = {
  name: 'SoftCrossEntropyCurvature',
  infer: (inputs) => ({ shape: [flatSize(inputs.slice(0, 4))], dtype: 'float32' }),
  gradient: (node, cotangent) => {
    const shares = gradientsThrough(node, cotangent, expandCurvature);
    return shares.map((share, index) => (index === 4 ? undefined : share));
  },
  expand: expandCurvature,
  onnx: neverRun,
  tfjs: neverRun,
};

/**
 * Weighted cross-entropy against distributions, both given as factors: `Σ_r weights_r (logSumExp(z_r) - Σ_v p_rv z_rv)` with `z = hidden · tableᵀ` and `p = softmax(latents · decoder)`.
 * Neither is ever held whole: loss and derivatives are computed over chunks of rows, and the second derivative computes both again. The weights are held constant.
 *
 * @param factors - hidden `[rows, width]`, table `[vocabulary, width]`, latents `[rows, rank]`, decoder `[rank, vocabulary]`, weights `[rows]`
 * @param chunkSize - logits that are worked on at once, at most (but at least a row)
 * @returns the loss, a scalar
 */
export function softCrossEntropyLoss(factors: Factors, chunkSize = CHUNK_SIZE): Node {
  const [{ graph }] = factors;
  const flat = graph.apply('SoftCrossEntropy', factors, { chunkSize });
  return e.reshape(e.slice(flat, [0], [1]), []);
}

/** Cross-entropy of large vocabularies as ops of their own, expanded into chunks of ordinary ops when a program is made. */
export const crossEntropy: OpFamily = { ops: [softCrossEntropy, softCrossEntropyCurvature], kernels: {} };
