import type { Optimizer } from '../optimizer/optimizer.js';
import type { Options } from '../options/schema.js';

/** How learners are trained on the synthetic data: JSON schema. */
export const learnerSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    learningRate: { type: 'number', exclusiveMinimum: 0, default: 0.01, description: 'of the inner optimizer' },
    batchSize: { type: 'integer', minimum: 1, default: 20, description: 'synthetic sequences per inner step' },
    dropout: {
      type: 'boolean',
      default: false,
      description: 'whether learners drop units, at the rates of the model, as students do',
    },
    start: {
      enum: ['fresh', 'snapshots', 'pool'],
      default: 'pool',
      description: 'where learners start: new weights, weights along full-data training, or a pool that carries on',
    },
    poolSize: { type: 'integer', minimum: 1, default: 6, description: 'learners that are kept, each at an age of its own' },
    maxAge: {
      type: 'integer',
      minimum: 1,
      default: 120,
      description: 'steps after which a learner is started anew; with single-use learners, the longest training of a window',
    },
  },
} as const;

/** How learners are trained on the synthetic data. */
export type LearnerOptions = Readonly<Options<typeof learnerSchema>> & {
  /** Differentiated through. */
  readonly optimizer: Optimizer;
};
