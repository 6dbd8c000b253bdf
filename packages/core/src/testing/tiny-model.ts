import * as tf from '@tensorflow/tfjs-core';
import { model, type ForwardContext, type Model } from '../model/model.js';
import { constant, normal, type Parameters } from '../model/parameters.js';
import { embed, lengthOf, type Tokens } from '../model/tokens.js';

interface TinyOptions {
  readonly vocabularySize: number;
  readonly width?: number;
  readonly maxLength?: number;
  /** Whether the model offers hidden states and output table; true by default. */
  readonly factors?: boolean;
  readonly dropout?: number;
}

/**
 * The smallest model that learns which token follows which: an embedding, a position, one dense layer, the embedding
 * again.
 */
export function tinyModel({ vocabularySize, width = 4, maxLength = 8, factors = true, dropout = 0 }: TinyOptions): Model {
  const parameters = {
    embedding: normal([vocabularySize, width], 0.5),
    position: normal([maxLength, width], 0.1),
    dense: { weight: normal([width, width], 0.5), bias: constant([width], 0) },
  };
  type Weights = Parameters<typeof parameters>;
  const hidden = (weights: Weights, tokens: Tokens, context: ForwardContext): tf.Tensor3D => {
    const length = lengthOf(tokens);
    const embedded = tf.add(embed(tokens, weights.embedding), tf.slice(weights.position, [0, 0], [length, width]));
    const rows = context.dropout(tf.reshape(embedded, [-1, width]), dropout);
    return tf.reshape(tf.tanh(tf.add(tf.matMul(rows, weights.dense.weight), weights.dense.bias)), [-1, length, width]);
  };
  return model({
    parameters,
    logits: (weights, tokens, context) => {
      const states = hidden(weights, tokens, context);
      const flat = tf.matMul(tf.reshape(states, [-1, width]), weights.embedding, false, true);
      return tf.reshape(flat, [-1, states.shape[1], vocabularySize]);
    },
    ...(factors ? { factors: { hidden, outputTable: (weights: Weights) => weights.embedding } } : {}),
  });
}
