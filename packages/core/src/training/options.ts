import { adam } from '../optimizer/adam.js';
import { requireOptimizer, requireSchedule } from '../optimizer/given.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import { constantRate, type RateSchedule } from '../optimizer/schedule.js';
import type { GivenOptions, Options } from '../options/schema.js';
import { validateOptions } from '../options/validate.js';

/** Training of one model from scratch: JSON schema. */
export const trainingSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    batchSize: {
      type: 'integer',
      minimum: 1,
      default: 64,
      description: 'sequences per step; data with fewer sequences are used whole',
    },
    learningRate: {
      anyOf: [
        { type: 'number', exclusiveMinimum: 0 },
        { type: 'array', minItems: 1, items: { type: 'number', exclusiveMinimum: 0 } },
      ],
      default: 0.01,
      description: 'one rate, or several to choose from on validation (with the first seed, for each kind of data)',
    },
    maxSteps: { type: 'integer', minimum: 1, default: 2000, description: 'steps after which training ends at the latest' },
    evaluateEvery: { type: 'integer', minimum: 1, default: 25, description: 'steps between validations' },
    patience: {
      type: 'integer',
      minimum: 1,
      default: 20,
      description:
        'validations without improvement before training stops: with few, noise ends trainings on the full data long before their best',
    },
  },
} as const;

/** What trains, and how its learning rate changes. */
interface TrainingParts {
  readonly optimizer: Optimizer;
  readonly schedule: RateSchedule;
}

/** Training of one model from scratch. */
export type TrainingOptions = Readonly<Options<typeof trainingSchema>> & TrainingParts;

/** The same as it is given: what is left out has its default, Adam at a constant rate. */
export type GivenTrainingOptions = Readonly<GivenOptions<typeof trainingSchema>> & Partial<TrainingParts>;

/**
 * Fills in defaults.
 *
 * @param path - where the options stand, for messages
 * @throws FARZI_CONFIG_INVALID, FARZI_CONFIG_UNKNOWN_KEY
 */
export function trainingOptions(given: GivenTrainingOptions = {}, path = 'training'): TrainingOptions {
  const { optimizer = adam(), schedule = constantRate, ...numbers } = given;
  return {
    ...validateOptions<Options<typeof trainingSchema>>(trainingSchema, numbers, [path]),
    optimizer: requireOptimizer(optimizer, `${path}.optimizer`),
    schedule: requireSchedule(schedule, `${path}.schedule`),
  };
}
