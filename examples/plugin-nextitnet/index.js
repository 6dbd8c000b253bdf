/**
 * NextItNet (Yuan et al., 2019): residual blocks of causal convolutions with holes, as a Farzi plugin.
 */
import { constant, defineModel, definePlugin, embed, factoredModel, layers, normal } from '@farzi/core';
import * as tf from '@tensorflow/tfjs-core';

const KERNEL = 3;

/**
 * Each position from itself and the positions `dilation` and `2 · dilation` before it.
 *
 * @param {tf.Tensor3D} sequence @param {{ kernel: tf.Tensor3D, bias: tf.Tensor }} weights @param {number} dilation
 * @returns {tf.Tensor3D}
 */
function convolution(sequence, { kernel, bias }, dilation) {
  const before = tf.pad(sequence, [
    [0, 0],
    [(KERNEL - 1) * dilation, 0],
    [0, 0],
  ]);
  return tf.add(tf.conv1d(before, kernel, 1, 'valid', 'NWC', dilation), bias);
}

export const nextItNet = defineModel({
  id: 'nextitnet',
  task: 'recommendation',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      hiddenSize: { type: 'integer', minimum: 1, default: 32, description: 'width of embeddings and channels' },
      blocks: {
        type: 'integer',
        minimum: 1,
        maximum: 6,
        default: 2,
        description: 'of two convolutions each, with holes of 1 and 2, 4 and 8, ...',
      },
      dropout: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.2, description: 'rate on embeddings, in training only' },
      initialDeviation: { type: 'number', exclusiveMinimum: 0, default: 0.05 },
    },
  },
  create: ({ hiddenSize: width, blocks, dropout, initialDeviation: deviation }, { vocabularySize }) => {
    const layer = () => ({
      kernel: normal([KERNEL, width, width], deviation),
      bias: constant([width], 0),
      normalisation: layers.layerNormalisationParameters(width),
    });
    return factoredModel({
      parameters: { itemEmbedding: normal([vocabularySize, width], deviation), layers: Array.from({ length: 2 * blocks }, layer) },
      hidden: (weights, tokens, context) => {
        let hidden = context.dropout(embed(tokens, weights.itemEmbedding), dropout);
        for (let block = 0; block < blocks; block++) {
          let inner = hidden;
          weights.layers.slice(2 * block, 2 * block + 2).forEach((each, index) => {
            const filtered = convolution(inner, each, 2 ** (2 * block + index));
            inner = tf.relu(layers.layerNormalisation(filtered, each.normalisation));
          });
          hidden = tf.add(hidden, inner);
        }
        return hidden;
      },
      outputTable: (weights) => weights.itemEmbedding,
    });
  },
});

export default definePlugin({ name: 'farzi-example-nextitnet', core: '>=0.1.0 <1.0.0', models: [nextItNet] });
