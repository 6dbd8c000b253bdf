/** A language model with one LSTM layer (Hochreiter and Schmidhuber, 1997) as a Farzi plugin. */
import { constant, defineModel, definePlugin, embed, factoredModel, normal } from '@farzi/core';
import * as tf from '@tensorflow/tfjs-core';

const GATES = 4;

export const lstm = defineModel({
  id: 'lstm',
  task: 'language',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      width: { type: 'integer', minimum: 1, default: 64, description: 'width of embeddings and of the state' },
      dropout: {
        type: 'number',
        minimum: 0,
        exclusiveMaximum: 1,
        default: 0.1,
        description: 'rate on embeddings and states, in training only',
      },
      initialDeviation: { type: 'number', exclusiveMinimum: 0, default: 0.05 },
    },
  },
  create: ({ width, dropout, initialDeviation: deviation }, { vocabularySize }) =>
    factoredModel({
      parameters: {
        tokenEmbedding: normal([vocabularySize, width], deviation),
        input: normal([width, GATES * width], deviation),
        state: normal([width, GATES * width], deviation),
        bias: constant([GATES * width], 0),
      },
      hidden: ({ tokenEmbedding, input, state, bias }, tokens, context) => {
        const embedded = context.dropout(embed(tokens, tokenEmbedding), dropout);
        let output = tf.zeros([embedded.shape[0], width]);
        let cell = output;
        const outputs = tf.unstack(embedded, 1).map((token) => {
          const gates = tf.add(tf.add(tf.matMul(token, input), tf.matMul(output, state)), bias);
          /** @param {number} index */
          const part = (index) => tf.slice(gates, [0, index * width], [-1, width]);
          const { write, keep, read, proposal } = { write: part(0), keep: part(1), read: part(2), proposal: part(3) };
          // what is in the cell stays there at first
          const kept = tf.mul(tf.sigmoid(tf.add(keep, 1)), cell);
          cell = tf.add(kept, tf.mul(tf.sigmoid(write), tf.tanh(proposal)));
          output = tf.mul(tf.sigmoid(read), tf.tanh(cell));
          return output;
        });
        return context.dropout(tf.stack(outputs, 1), dropout);
      },
      outputTable: ({ tokenEmbedding }) => tokenEmbedding,
    }),
});

export default definePlugin({ name: 'farzi-example-lstm', core: '>=0.1.0 <1.0.0', models: [lstm] });
