import * as tf from '@tensorflow/tfjs-core';

/** Functions that a user might write and that cannot be recorded; errors have to name their lines. */
export const unique = (x: tf.Tensor): tf.Tensor => tf.unique(x).values;
export const convolution = (x: tf.Tensor): tf.Tensor =>
  tf.depthwiseConv2d(tf.reshape<tf.Rank.R4>(x, [1, 2, 3, 1]), tf.ones([1, 1, 1, 1]), 1, 'valid');
export const peek = (x: tf.Tensor): tf.Tensor => tf.mul(x, x.dataSync()[0] ?? 0);

/** One that can. */
export const exponential = (x: tf.Tensor): tf.Tensor => tf.exp(x);
