/**
 * The layers of Transformers, as functions of TensorFlow.js ops beside the makers of their parameter specifications.
 * They work on rows `[batch · length, width]`: one matrix product per layer, whatever the batch.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { ForwardContext } from './model.js';
import { constant, normal, type Parameters } from './parameters.js';

const NORMALISATION_EPSILON = 1e-5;
/** What a forbidden attention score becomes; large enough for a zero after softmax in float32. */
const MASKED_SCORE = -1e9;
/** Wavelengths of sinusoidal positions go from 2π to this times 2π (Vaswani et al., 2017, section 3.5). */
const LONGEST_WAVE = 10_000;

/** A weight `[inputs, outputs]` with the given standard deviation at the start, and a bias that starts at 0. */
export function denseParameters(inputs: number, outputs: number, initialDeviation: number) {
  return { weight: normal([inputs, outputs], initialDeviation), bias: constant([outputs], 0) };
}

/** Weights of {@link dense}. */
export type DenseWeights = Parameters<ReturnType<typeof denseParameters>>;

/** `x · weight + bias` for rows `[rows, inputs]`: `[rows, outputs]`. */
export function dense<T extends Tensor>(x: T, { weight, bias }: DenseWeights): T {
  return tf.add(tf.matMul(x, weight), bias);
}

/** A gain that starts at 1 and a bias that starts at 0. */
export function layerNormalisationParameters(width: number) {
  return { gain: constant([width], 1), bias: constant([width], 0) };
}

/** Weights of {@link layerNormalisation}. */
export type LayerNormalisationWeights = Parameters<ReturnType<typeof layerNormalisationParameters>>;

/** Rows `[..., width]` brought to mean 0 and variance 1, then scaled and shifted (Ba et al., 2016). */
export function layerNormalisation<T extends Tensor>(x: T, { gain, bias }: LayerNormalisationWeights): T {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), NORMALISATION_EPSILON));
  return tf.add(tf.mul(tf.mul(centred, inverse), gain), bias);
}

/**
 * Dense layers `[width, width]` for query, key, value and output.
 *
 * @param outputDeviation - of the layer that writes to the residual sum; deep models start it smaller
 */
export function selfAttentionParameters(width: number, initialDeviation: number, outputDeviation = initialDeviation) {
  const projection = (deviation: number) => denseParameters(width, width, deviation);
  return {
    query: projection(initialDeviation),
    key: projection(initialDeviation),
    value: projection(initialDeviation),
    output: projection(outputDeviation),
  };
}

/** Weights of {@link causalSelfAttention}; a record that holds more, as that of a whole block, will do. */
export type SelfAttentionWeights = Parameters<ReturnType<typeof selfAttentionParameters>>;

/**
 * Causal multi-head self-attention (Vaswani et al., 2017, section 3.2): position t reads positions 0..t.
 *
 * @param x - rows `[batch · length, width]`, as is the result
 * @param shape - `length` of a sequence; `heads`, which divides the width; rate of `dropout` on the attention weights
 */
export function causalSelfAttention(
  x: Tensor,
  weights: SelfAttentionWeights,
  { length, heads, dropout }: { readonly length: number; readonly heads: number; readonly dropout: number },
  context: ForwardContext,
): Tensor {
  const [rows, width] = x.shape as [number, number];
  const batch = rows / length;
  const split = (y: Tensor): Tensor => tf.transpose(tf.reshape(y, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
  const query = split(dense(x, weights.query));
  const key = split(dense(x, weights.key));
  const value = split(dense(x, weights.value));
  const scores = tf.mul(tf.matMul(query, key, false, true), 1 / Math.sqrt(width / heads));
  const positions = tf.range(0, length, 1, 'int32');
  const future = tf.greater(tf.reshape(positions, [1, length]), tf.reshape(positions, [length, 1]));
  const shares = context.dropout(tf.softmax(tf.where(future, MASKED_SCORE, scores)), dropout);
  const mixed = tf.reshape(tf.transpose(tf.matMul(shares, value), [0, 2, 1, 3]), [rows, width]);
  return dense(mixed, weights.output);
}

/** The embeddings `[length, width]` of positions 0..length-1, from a learned table `[maxLength, width]`. */
export function learnedPositions(table: Tensor2D, length: number): Tensor2D {
  return tf.slice(table, [0, 0], [length, table.shape[1]]);
}

/**
 * Fixed embeddings `[length, width]` of positions 0..length-1: sines of waves of geometrically growing length in even
 * columns, cosines in odd ones (Vaswani et al., 2017, section 3.5). The mean square of a row is 1/2.
 *
 * @param width - even
 */
export function sinusoidalPositions(length: number, width: number): Tensor2D {
  const values = Float32Array.from({ length: length * width }, (_, index) => {
    const [position, column] = [Math.floor(index / width), index % width];
    const angle = position / LONGEST_WAVE ** ((column - (column % 2)) / width);
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
  return tf.tensor2d(values, [length, width]);
}

/** `x · Φ(x)` with the exact normal distribution function Φ (Hendrycks & Gimpel, 2016). */
export function gelu<T extends Tensor>(x: T): T {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

/**
 * Logits `[batch, length, vocabulary]` of hidden states `[batch, length, width]` over a table `[vocabulary, width]`:
 * `hidden · tableᵀ`.
 */
export function tableLogits(hidden: Tensor, table: Tensor): Tensor3D {
  const [batch, length, width] = hidden.shape as [number, number, number];
  const [vocabulary] = table.shape as [number];
  return tf.reshape(tf.matMul(tf.reshape(hidden, [batch * length, width]), table, false, true), [batch, length, vocabulary]);
}
