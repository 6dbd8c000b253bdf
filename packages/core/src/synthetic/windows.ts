import type { RandomStream } from '../random/stream.js';
import type { SyntheticShape } from './synthetic.js';

/** Real sequences in the places of synthetic ones. */
export interface SequenceWindows {
  /** `[sequences, length]`: the inputs that a teacher reads. */
  readonly ids: Int32Array;
  /** `[sequences, length]`, 1 where there is a next token to predict. */
  readonly weights: Float32Array;
}

/**
 * Windows of real training sequences: those that fill the length in random order while there are any, then the longest
 * of the rest. A longer sequence is cut to a random window.
 */
export function sequenceWindows(
  train: readonly Int32Array[],
  { sequences, length }: Pick<SyntheticShape, 'sequences' | 'length'>,
  stream: RandomStream,
): SequenceWindows {
  const order = stream.distinct(train.length, train.length).map((index) => train[index] as Int32Array);
  const full = order.filter((sequence) => sequence.length > length);
  const short = order.filter((sequence) => sequence.length <= length).sort((a, b) => b.length - a.length);
  const candidates = [...full, ...short];
  const ids = new Int32Array(sequences * length);
  const weights = new Float32Array(sequences * length);
  for (let row = 0; row < sequences; row++) {
    const sequence = candidates[row % candidates.length] as Int32Array;
    const spare = sequence.length - (length + 1);
    const from = spare > 0 ? stream.integer(spare + 1) : 0;
    const window = sequence.subarray(from, from + length);
    ids.set(window, row * length);
    weights.fill(1, row * length, row * length + Math.min(length, sequence.length - 1 - from));
  }
  return { ids, weights };
}
