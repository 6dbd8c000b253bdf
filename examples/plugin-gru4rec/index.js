/**
 * GRU4Rec (Hidasi et al., 2016), one layer, as a Farzi plugin: a plain module, written as a third party would publish
 * it.
 */
import { constant, defineModel, definePlugin, embed, layers, model, normal } from '@farzi/core';
import * as tf from '@tensorflow/tfjs-core';

export const gru4rec = defineModel({
  id: 'gru4rec',
  task: 'recommendation',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      hiddenSize: { type: 'integer', minimum: 1, default: 32, description: 'width of embeddings and of the state' },
      dropout: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.2, description: 'rate on embeddings, in training only' },
      initialDeviation: { type: 'number', exclusiveMinimum: 0, default: 0.05 },
    },
  },
  create: ({ hiddenSize: width, dropout, initialDeviation: deviation }, { vocabularySize }) => {
    const gate = () => ({
      input: normal([width, width], deviation),
      state: normal([width, width], deviation),
      bias: constant([width], 0),
    });
    return model({
      parameters: { itemEmbedding: normal([vocabularySize, width], deviation), update: gate(), reset: gate(), candidate: gate() },
      logits: (weights, tokens, context) => {
        const { update, reset, candidate, itemEmbedding } = weights;
        const items = context.dropout(embed(tokens, itemEmbedding), dropout);
        let state = tf.zeros([items.shape[0], width]);
        const states = tf.unstack(items, 1).map((item) => {
          /** @param {typeof update} each @param {tf.Tensor} memory */
          const linear = (each, memory) => tf.add(tf.add(tf.matMul(item, each.input), tf.matMul(memory, each.state)), each.bias);
          const z = tf.sigmoid(linear(update, state));
          const r = tf.sigmoid(linear(reset, state));
          const proposal = tf.tanh(linear(candidate, tf.mul(r, state)));
          state = tf.add(tf.mul(tf.sub(1, z), state), tf.mul(z, proposal));
          return state;
        });
        return layers.tableLogits(tf.stack(states, 1), itemEmbedding);
      },
    });
  },
});

export default definePlugin({ name: 'farzi-example-gru4rec', core: '>=0.1.0 <1.0.0', models: [gru4rec] });
