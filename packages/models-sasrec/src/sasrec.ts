import {
  defineModel,
  embed,
  factoredModel,
  FarziError,
  type ForwardContext,
  layers,
  lengthOf,
  type ModelContext,
  normal,
  type Options,
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
    blocks: { type: 'integer', minimum: 1, maximum: 128, default: 2, description: 'self-attention blocks' },
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

type SasrecOptions = Options<typeof sasrecSchema>;

/** Shapes and initial values of everything that is learned. */
function sasrecParameters({ hiddenSize: width, blocks, initialDeviation }: SasrecOptions, { vocabularySize, maxLength }: ModelContext) {
  return {
    itemEmbedding: normal([vocabularySize, width], initialDeviation),
    positionEmbedding: normal([maxLength, width], initialDeviation),
    blocks: Array.from({ length: blocks }, () => ({
      attentionNormalisation: layers.layerNormalisationParameters(width),
      ...layers.selfAttentionParameters(width, initialDeviation),
      feedForwardNormalisation: layers.layerNormalisationParameters(width),
      expand: layers.denseParameters(width, width, initialDeviation),
      contract: layers.denseParameters(width, width, initialDeviation),
    })),
    finalNormalisation: layers.layerNormalisationParameters(width),
  };
}

type Weights = Parameters<ReturnType<typeof sasrecParameters>>;

/** Hidden states `[batch, length, width]`. */
function sasrecHidden(weights: Weights, tokens: Tokens, options: SasrecOptions, context: ForwardContext): tf.Tensor3D {
  const { hiddenSize: width, heads, dropout, normalisation } = options;
  const length = lengthOf(tokens);
  const drop = (x: tf.Tensor): tf.Tensor => context.dropout(x, dropout);
  const sublayer = (x: tf.Tensor, scale: layers.LayerNormalisationWeights, body: (y: tf.Tensor) => tf.Tensor): tf.Tensor =>
    normalisation === 'pre'
      ? tf.add(x, drop(body(layers.layerNormalisation(x, scale))))
      : layers.layerNormalisation(tf.add(x, drop(body(x))), scale);

  const embedded = tf.mul(embed(tokens, weights.itemEmbedding), Math.sqrt(width));
  const positioned = tf.add(embedded, layers.learnedPositions(weights.positionEmbedding, length));
  let x = drop(tf.reshape(positioned, [-1, width]));
  for (const block of weights.blocks) {
    x = sublayer(x, block.attentionNormalisation, (y) => layers.causalSelfAttention(y, block, { length, heads, dropout }, context));
    x = sublayer(x, block.feedForwardNormalisation, (y) => layers.dense(drop(tf.relu(layers.dense(y, block.expand))), block.contract));
  }
  if (normalisation === 'pre') x = layers.layerNormalisation(x, weights.finalNormalisation);
  return tf.reshape(x, [-1, length, width]);
}

/**
 * SASRec (Kang & McAuley, 2018): causal self-attention over a user's items, with learned positions and the item
 * embedding tied to the output.
 *
 * Throws FARZI_CONFIG_INVALID when `heads` does not divide `hiddenSize`.
 */
export const sasrec = defineModel({
  id: 'sasrec',
  task: 'recommendation',
  schema: sasrecSchema,
  create: (options, context) => {
    if (options.hiddenSize % options.heads !== 0) {
      throw new FarziError(
        'FARZI_CONFIG_INVALID',
        `sasrec: The ${options.heads} heads do not divide a hiddenSize of ${options.hiddenSize}.`,
        {
          hint: 'Choose heads that divides hiddenSize.',
        },
      );
    }
    return factoredModel({
      parameters: sasrecParameters(options, context),
      hidden: (weights, tokens, forward) => sasrecHidden(weights, tokens, options, forward),
      outputTable: (weights) => weights.itemEmbedding,
    });
  },
});
