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

/** Options of the language model. */
export const transformerLmSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    width: { type: 'integer', minimum: 1, default: 128, description: 'width of embeddings and blocks' },
    positions: { enum: ['learned', 'sinusoidal'], default: 'learned', description: 'position embeddings; sinusoidal needs an even width' },
    blocks: { type: 'integer', minimum: 1, maximum: 128, default: 2, description: 'blocks of self-attention and feed-forward layers' },
    heads: { type: 'integer', minimum: 1, default: 2, description: 'attention heads; divides width' },
    feedForwardFactor: { type: 'integer', minimum: 1, default: 4, description: 'width of the feed-forward layers, in widths' },
    activation: { enum: ['gelu', 'relu'], default: 'gelu', description: 'between the feed-forward layers; gelu is the exact one' },
    dropout: {
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.1,
      description: 'rate on embeddings, attention weights and residual branches, in training only',
    },
    initialDeviation: { type: 'number', exclusiveMinimum: 0, default: 0.02, description: 'standard deviation of initial weights' },
  },
} as const;

type TransformerOptions = Options<typeof transformerLmSchema>;

/** Shapes and initial values of everything that is learned. */
function transformerParameters(options: TransformerOptions, { vocabularySize, maxLength }: ModelContext) {
  const { width, blocks, feedForwardFactor, positions, initialDeviation: deviation } = options;
  // 2 · blocks branches add to the residual stream: scaled so, their sum starts no larger than one branch (GPT-2, section 2.3).
  const branchDeviation = deviation / Math.sqrt(2 * blocks);
  return {
    tokenEmbedding: normal([vocabularySize, width], deviation),
    ...(positions === 'learned' ? { positionEmbedding: normal([maxLength, width], deviation) } : {}),
    blocks: Array.from({ length: blocks }, () => ({
      attentionNormalisation: layers.layerNormalisationParameters(width),
      ...layers.selfAttentionParameters(width, deviation, branchDeviation),
      feedForwardNormalisation: layers.layerNormalisationParameters(width),
      expand: layers.denseParameters(width, feedForwardFactor * width, deviation),
      contract: layers.denseParameters(feedForwardFactor * width, width, branchDeviation),
    })),
    finalNormalisation: layers.layerNormalisationParameters(width),
  };
}

type Weights = Parameters<ReturnType<typeof transformerParameters>>;

/**
 * `√width · (token + position)`, `[batch, length, width]`. The token embedding is the output table too and so starts
 * small: the factor brings the sum to the size of what the blocks add to it (Vaswani et al., 2017, section 3.4). Both
 * kinds of positions start as large as tokens: sinusoids of their own size, whose mean square is 1/2, would drown them.
 */
function embedded({ tokenEmbedding, positionEmbedding }: Weights, tokens: Tokens, { width, initialDeviation }: TransformerOptions) {
  const length = lengthOf(tokens);
  const positions =
    positionEmbedding === undefined
      ? tf.mul(layers.sinusoidalPositions(length, width), Math.SQRT2 * initialDeviation)
      : layers.learnedPositions(positionEmbedding, length);
  return tf.mul(tf.add(embed(tokens, tokenEmbedding), positions), Math.sqrt(width));
}

/** Hidden states `[batch, length, width]`. */
function transformerHidden(weights: Weights, tokens: Tokens, options: TransformerOptions, context: ForwardContext): tf.Tensor3D {
  const { width, heads, dropout } = options;
  const length = lengthOf(tokens);
  const activation = options.activation === 'gelu' ? layers.gelu : tf.relu;
  const drop = (x: tf.Tensor): tf.Tensor => context.dropout(x, dropout);

  let x = drop(tf.reshape(embedded(weights, tokens, options), [-1, width]));
  for (const block of weights.blocks) {
    const read = layers.layerNormalisation(x, block.attentionNormalisation);
    x = tf.add(x, drop(layers.causalSelfAttention(read, block, { length, heads, dropout }, context)));
    const expanded = activation(layers.dense(layers.layerNormalisation(x, block.feedForwardNormalisation), block.expand));
    x = tf.add(x, drop(layers.dense(expanded, block.contract)));
  }
  return tf.reshape(layers.layerNormalisation(x, weights.finalNormalisation), [-1, length, width]);
}

/**
 * A decoder-only Transformer language model in the manner of GPT-2 (Radford et al., 2019): normalisation before each
 * sublayer and at the end, and the token embedding tied to the output, without a bias there.
 *
 * Throws FARZI_CONFIG_INVALID when `heads` does not divide `width`, or when `width` is odd and positions are
 * sinusoidal.
 */
export const transformerLm = defineModel({
  id: 'transformer-lm',
  task: 'language',
  schema: transformerLmSchema,
  create: (options, context) => {
    const { width, heads, positions } = options;
    if (width % heads !== 0) {
      throw new FarziError('FARZI_CONFIG_INVALID', `transformer-lm: The ${heads} heads do not divide a width of ${width}.`, {
        hint: 'Choose heads that divides width.',
      });
    }
    if (positions === 'sinusoidal' && width % 2 !== 0) {
      throw new FarziError('FARZI_CONFIG_INVALID', `transformer-lm: Sinusoidal positions need an even width, and it is ${width}.`, {
        hint: 'Choose an even width, or positions: learned.',
      });
    }
    return factoredModel({
      parameters: transformerParameters(options, context),
      hidden: (weights, tokens, forward) => transformerHidden(weights, tokens, options, forward),
      outputTable: (weights) => weights.tokenEmbedding,
    });
  },
});
