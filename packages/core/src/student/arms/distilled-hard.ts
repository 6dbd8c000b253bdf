import { FarziError } from '../../errors.js';
import type { Options } from '../../options/schema.js';
import { hardSequences, type HardTokens } from '../../synthetic/hard.js';
import type { SyntheticData } from '../../synthetic/synthetic.js';
import { type LabelledSequences, labelledSource } from '../../training/real.js';
import type { ArmDefinition } from '../arm.js';

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    tokens: { enum: ['argmax', 'sample'], default: 'argmax', description: 'how a token is taken from its distribution' },
    copies: { type: 'integer', minimum: 1, default: 1, description: 'how often each synthetic sequence is sampled' },
  },
} as const;

/** Discrete sequences decoded from the distilled data: what is left of them without soft labels. */
export const distilledHard: ArmDefinition<Options<typeof schema>> = {
  id: 'distilled-hard',
  schema,
  budget: 'training',
  trainsOn: 'real',
  check: ({ tokens, copies }) => {
    if (tokens === 'sample' || copies === 1) return;
    throw new FarziError(
      'FARZI_CONFIG_INVALID',
      `The arm "distilled-hard" has ${copies} copies, and argmax gives the same tokens each time.`,
      {
        hint: 'Set tokens to sample, or leave copies out.',
      },
    );
  },
  create: ({ tokens, copies }, { synthetic: { distilled }, stream }) => {
    const choice: HardTokens = tokens === 'argmax' ? { by: 'argmax' } : { by: 'sample', stream: stream.child('hard tokens') };
    const sequences = hardPairs(distilled, choice, copies);
    return {
      data: { kind: 'source', create: ({ model, batchSize }) => labelledSource(model, sequences, batchSize) },
      sequences: sequences.count,
    };
  },
};

/**
 * Inputs and targets of decoded sequences. Soft inputs are decoded, too, and a target is the next of them; for hard
 * inputs, which are real, only targets are decoded.
 */
function hardPairs(data: SyntheticData, choice: HardTokens, copies: number): LabelledSequences {
  const { length, sequences, ids, weights } = data;
  const pairs = {
    ...{ count: copies * sequences, length },
    inputs: new Int32Array(copies * sequences * length),
    targets: new Int32Array(copies * sequences * length),
    weights: new Float32Array(copies * sequences * length),
  };
  hardSequences(data, choice, copies).forEach((decoded, row) => {
    const from = row * length;
    const origin = Math.floor(row / copies) * length;
    pairs.inputs.set(ids?.subarray(origin, origin + length) ?? decoded.subarray(0, length), from);
    pairs.targets.set(decoded.subarray(-length), from);
    pairs.weights.set(weights.subarray(origin, origin + length), from);
  });
  return pairs;
}
