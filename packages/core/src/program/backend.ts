import * as tf from '@tensorflow/tfjs-core';

/** The backend that is active in TensorFlow.js; there is none before its first op, which its types do not say. */
export function activeBackend(): string | undefined {
  const name = tf.getBackend() as string | null | undefined;
  return name === null || name === '' ? undefined : name;
}
