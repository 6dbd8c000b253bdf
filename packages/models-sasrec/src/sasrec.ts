import {
  constant,
  defineModel,
  embed,
  FarziError,
  type ForwardContext,
  lengthOf,
  model,
  type ModelContext,
  normal,
  type Parameters,
  type Tokens,
} from '@farzi/core';
import * as tf from '@tensorflow/tfjs-core';

/** Options of SASRec. */
export const sasrecSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    hiddenSize: { type: 'integer', minimum: 1, default: 64, description: 'width of embeddings and blocks' },
    blocks: { type: 'integer', minimum: 1, default: 2, description: 'self-attention blocks' },
    heads: { type: 'integer', minimum: 1, default: 1, description: 'attention heads; divides hiddenSize' },
    dropout: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.2, description: 'rate, in training only' },
    normalisation: {
      enum: ['pre', 'post'],
      default: 'pre',
      description: 'layer normalisation before each sublayer, or after its residual sum',
    },
    initialDeviation: { type: 'number', exclusiveMinimum: 0, default: 0.02, description: 'standard deviation of initial weights' },
  },
} as const;

const NORMALISATION_EPSILON = 1e-5;
/** What a forbidden attention score becomes; large enough for a zero after softmax in float32. */
const MASKED_SCORE = -1e9;

interface SasrecOptions {
  readonly hiddenSize: number;
  readonly blocks: number;
  readonly heads: number;
  readonly dropout: number;
  readonly normalisation: 'pre' | 'post';
  readonly initialDeviation: number;
}

/** Shapes and initial values of everything that is learned. */
function sasrecParameters({ hiddenSize: width, blocks, initialDeviation }: SasrecOptions, { vocabularySize, maxLength }: ModelContext) {
  const dense = () => ({ weight: normal([width, width], initialDeviation), bias: constant([width], 0) });
  const normalisation = () => ({ gain: constant([width], 1), bias: constant([width], 0) });
  return {
    itemEmbedding: normal([vocabularySize, width], initialDeviation),
    positionEmbedding: normal([maxLength, width], initialDeviation),
    blocks: Array.from({ length: blocks }, () => ({
      attentionNormalisation: normalisation(),
      query: dense(),
      key: dense(),
      value: dense(),
      output: dense(),
      feedForwardNormalisation: normalisation(),
      expand: dense(),
      contract: dense(),
    })),
    finalNormalisation: normalisation(),
  };
}

type Weights = Parameters<ReturnType<typeof sasrecParameters>>;
type Block = Weights['blocks'][number];

function layerNormalisation(x: tf.Tensor, { gain, bias }: Weights['finalNormalisation']): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), NORMALISATION_EPSILON));
  return tf.add(tf.mul(tf.mul(centred, inverse), gain), bias);
}

/** A dense layer over rows `[batch · length, width]`. */
function dense(x: tf.Tensor, { weight, bias }: Block['query']): tf.Tensor {
  return tf.add(tf.matMul(x, weight), bias);
}

/** Causal self-attention: position t reads positions 0..t. Rows in, rows out; heads are split only in between. */
function attention(x: tf.Tensor, block: Block, length: number, { heads, dropout }: SasrecOptions, context: ForwardContext): tf.Tensor {
  const [rows, width] = x.shape as [number, number];
  const batch = rows / length;
  const split = (y: tf.Tensor): tf.Tensor => tf.transpose(tf.reshape(y, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
  const query = split(dense(x, block.query));
  const key = split(dense(x, block.key));
  const value = split(dense(x, block.value));
  const scores = tf.mul(tf.matMul(query, key, false, true), 1 / Math.sqrt(width / heads));
  const positions = tf.range(0, length, 1, 'int32');
  const future = tf.greater(tf.reshape(positions, [1, length]), tf.reshape(positions, [length, 1]));
  const weights = context.dropout(tf.softmax(tf.where(future, MASKED_SCORE, scores)), dropout);
  const mixed = tf.reshape(tf.transpose(tf.matMul(weights, value), [0, 2, 1, 3]), [rows, width]);
  return dense(mixed, block.output);
}

function feedForward(x: tf.Tensor, block: Block, { dropout }: SasrecOptions, context: ForwardContext): tf.Tensor {
  return dense(context.dropout(tf.relu(dense(x, block.expand)), dropout), block.contract);
}

/** Hidden states `[batch, length, width]`. */
function sasrecHidden(weights: Weights, tokens: Tokens, options: SasrecOptions, context: ForwardContext): tf.Tensor3D {
  const { hiddenSize: width, dropout, normalisation } = options;
  const length = lengthOf(tokens);
  const drop = (x: tf.Tensor): tf.Tensor => context.dropout(x, dropout);
  const sublayer = (x: tf.Tensor, scale: Weights['finalNormalisation'], body: (y: tf.Tensor) => tf.Tensor): tf.Tensor =>
    normalisation === 'pre' ? tf.add(x, drop(body(layerNormalisation(x, scale)))) : layerNormalisation(tf.add(x, drop(body(x))), scale);

  const embedded = tf.mul(embed(tokens, weights.itemEmbedding), Math.sqrt(width));
  const positioned = tf.add(embedded, tf.slice(weights.positionEmbedding, [0, 0], [length, width]));
  let x = drop(tf.reshape(positioned, [-1, width]));
  for (const block of weights.blocks) {
    x = sublayer(x, block.attentionNormalisation, (y) => attention(y, block, length, options, context));
    x = sublayer(x, block.feedForwardNormalisation, (y) => feedForward(y, block, options, context));
  }
  if (normalisation === 'pre') x = layerNormalisation(x, weights.finalNormalisation);
  return tf.reshape(x, [-1, length, width]);
}

/**
 * SASRec (Kang & McAuley, 2018): causal self-attention over a user's items, with learned positions and the item embedding tied to the output.
 *
 * Throws FARZI_CONFIG_INVALID when `heads` does not divide `hiddenSize`.
 */
export const sasrec = defineModel({
  id: 'sasrec',
  task: 'recommendation',
  schema: sasrecSchema,
  create: (options, context) => {
    if (options.hiddenSize % options.heads !== 0) {
      throw new FarziError('FARZI_CONFIG_INVALID', `sasrec: ${options.heads} heads do not divide a hiddenSize of ${options.hiddenSize}`);
    }
    const hidden = (weights: Weights, tokens: Tokens, forward: ForwardContext): tf.Tensor3D =>
      sasrecHidden(weights, tokens, options, forward);
    return model({
      parameters: sasrecParameters(options, context),
      logits: (weights, tokens, forward) => {
        const states = hidden(weights, tokens, forward);
        const [batch, length, width] = states.shape;
        const logits = tf.matMul(tf.reshape(states, [batch * length, width]), weights.itemEmbedding, false, true);
        return tf.reshape(logits, [batch, length, context.vocabularySize]);
      },
      factors: { hidden, outputTable: (weights) => weights.itemEmbedding },
    });
  },
});
