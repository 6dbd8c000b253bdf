import type { RandomStream } from '../random/stream.js';

/** Shape of a batch of real sequences. */
export interface RealBatchShape {
  readonly batchSize: number;
  /** Inputs per sequence; longer sequences are cut to a random window, shorter ones padded on the right. */
  readonly length: number;
}

/** Inputs, targets and weights `[batchSize, length]` of next-token prediction; weights are 0 on padding. */
export type RealBatch = {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float32Array;
};

/** Rows of a `[sequences, length]` array, copied one after the other. */
export function takeRows<T extends Float32Array | Int32Array>(values: T, chosen: readonly number[], length: number, into: T): T {
  chosen.forEach((sequence, row) => {
    into.set(values.subarray(sequence * length, (sequence + 1) * length), row * length);
  });
  return into;
}

/** A random batch of next-token prediction: distinct sequences while there are enough, a random window of each. */
export function realBatch(sequences: readonly Int32Array[], { batchSize, length }: RealBatchShape, stream: RandomStream): RealBatch {
  const inputs = new Int32Array(batchSize * length);
  const targets = new Int32Array(batchSize * length);
  const weights = new Float32Array(batchSize * length);
  const chosen = stream.distinct(sequences.length, batchSize);
  for (let row = 0; row < batchSize; row++) {
    const sequence = sequences[chosen[row % chosen.length] as number] as Int32Array;
    const spare = sequence.length - (length + 1);
    const from = spare > 0 ? stream.integer(spare + 1) : 0;
    const count = Math.min(length, sequence.length - 1 - from);
    inputs.set(sequence.subarray(from, from + count), row * length);
    targets.set(sequence.subarray(from + 1, from + 1 + count), row * length);
    weights.fill(1, row * length, row * length + count);
  }
  return { inputs, targets, weights };
}
