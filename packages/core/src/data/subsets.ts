import type { RandomStream } from '../random/stream.js';

/** `count` random sequences, each cut to its last `events`. */
export function randomSequences(train: readonly Int32Array[], count: number, events: number, stream: RandomStream): Int32Array[] {
  return stream.distinct(train.length, count).map((index) => (train[index] as Int32Array).slice(-events));
}

/** The `count` longest sequences (most active users), each cut to its last `events`. */
export function headSequences(train: readonly Int32Array[], count: number, events: number): Int32Array[] {
  return [...train]
    .sort((a, b) => b.length - a.length)
    .slice(0, count)
    .map((sequence) => sequence.slice(-events));
}
