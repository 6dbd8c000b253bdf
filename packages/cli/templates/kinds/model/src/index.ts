import { constant, defineModel, definePlugin, embed, factoredModel, lengthOf, normal } from '@farzi/core';
import * as tf from '@tensorflow/tfjs-core';

/** Items are guessed from those before them, each of which counts for less the longer ago it was. */
export const myContribution = defineModel({
  id: 'my-contribution',
  task: 'recommendation',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      width: { type: 'integer', minimum: 1, default: 32, description: 'of embeddings' },
      dropout: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.2, description: 'rate on embeddings, in training only' },
      initialDeviation: { type: 'number', exclusiveMinimum: 0, default: 0.05 },
    },
  },
  create: ({ width, dropout, initialDeviation }, { vocabularySize }) =>
    factoredModel({
      parameters: {
        table: normal([vocabularySize, width], initialDeviation),
        mixing: normal([width, width], initialDeviation),
        bias: constant([width], 0),
        // how fast what was seen is forgotten
        decay: constant([], 0.5),
      },
      // [batch, length, width]: a position may look at itself and at those before it, at none behind
      hidden: ({ table, mixing, bias, decay }, tokens, context) => {
        const items = context.dropout(embed(tokens, table), dropout);
        const length = lengthOf(tokens);
        const weights = tf.mul(tf.exp(tf.mul(tf.neg(tf.softplus(decay)), ages(length))), pastOf(length));
        const memory = tf.matMul(tf.tile(tf.expandDims(weights, 0), [items.shape[0] ?? 1, 1, 1]), items);
        const flat = tf.matMul(tf.reshape(memory, [-1, width]), mixing);
        return tf.add(items, tf.tanh(tf.add(tf.reshape(flat, memory.shape), bias)));
      },
      outputTable: ({ table }) => table,
    }),
});

/** How many positions ago another one was, 0 for those that are yet to come: [length, length]. */
function ages(length: number): tf.Tensor2D {
  return tf.tensor2d(Array.from({ length }, (_row, to) => Array.from({ length }, (_column, from) => Math.max(0, to - from))));
}

/** 1 for a position itself and those before it, 0 for those that are yet to come: [length, length]. */
function pastOf(length: number): tf.Tensor2D {
  return tf.tensor2d(Array.from({ length }, (_row, to) => Array.from({ length }, (_column, from) => Number(from <= to))));
}

export default definePlugin({ name: 'my-package', core: '>=0.1.0 <1.0.0', models: [myContribution] });
