import { bytesOfEvents } from '../../data/event-bytes.js';
import { randomSequences } from '../../data/subsets.js';
import { noOptions } from '../../options/schema.js';
import type { ArmDefinition } from '../arm.js';
import { realArm } from './real-arm.js';

/**
 * As many random real sequences as fit into the bytes of the distilled data, compressed by brotli. The arm `random` has
 * the first of the same ones.
 */
export const randomEqualBytes: ArmDefinition<unknown> = {
  id: 'random-equal-bytes',
  schema: noOptions,
  budget: 'training',
  trainsOn: 'real',
  create: async (_options, { train, length, stream, synthetic: { initial, bytes } }) => {
    const all = randomSequences(train, train.length, length + 1, stream.child('random sequences'));
    return realArm(all.slice(0, await countWithin(bytes, all, initial.vocabularySize)));
  },
};

/**
 * How many sequences, from the first on, take no more than so many bytes when they are compressed; 1 where none does,
 * as there would be nothing to train on.
 */
export async function countWithin(bytes: number, sequences: readonly Int32Array[], vocabularySize: number): Promise<number> {
  const fit = async (count: number): Promise<boolean> => (await bytesOfEvents(sequences.slice(0, count), vocabularySize)).brotli <= bytes;
  let count = 1;
  // few are compressed sooner than many
  while (2 * count <= sequences.length && (await fit(2 * count))) count *= 2;
  let tooMany = Math.min(2 * count, sequences.length + 1);
  while (tooMany - count > 1) {
    const middle = Math.floor((count + tooMany) / 2);
    if (await fit(middle)) count = middle;
    else tooMany = middle;
  }
  return count;
}
