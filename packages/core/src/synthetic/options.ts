import type { GivenOptions, Options } from '../options/schema.js';

/** Sizes and kind of synthetic data: JSON schema. */
export const syntheticSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    sequences: { type: 'integer', minimum: 1, default: 50, description: 'how many synthetic sequences' },
    rank: { type: 'integer', minimum: 1, default: 32, description: 'numbers of a latent: of a position, and of a token in the decoder' },
    temperature: { type: 'number', exclusiveMinimum: 0, default: 1, description: 'of the softmax over latents times decoder' },
    matchingTemperature: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 2,
      description: 'what the logits of students and of targets are divided by where they are compared: above 1, rare tokens say more',
    },
    inputs: {
      enum: ['soft', 'hard'],
      default: 'hard',
      description: 'hard: real tokens in, learned soft targets out; soft: distributions in and out (the paper)',
    },
  },
} as const;

/** Sizes and kind of synthetic data. */
export type SyntheticOptions = Readonly<Options<typeof syntheticSchema>>;

/** The same as it is given: what is left out has its default. */
export type GivenSyntheticOptions = Readonly<GivenOptions<typeof syntheticSchema>>;
