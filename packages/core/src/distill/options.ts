import { adam } from '../optimizer/adam.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import { requireOptimizer, requireSchedule } from '../optimizer/given.js';
import { cosineRate, type RateSchedule } from '../optimizer/schedule.js';
import type { GivenOptions, Options } from '../options/schema.js';
import { validateOptions } from '../options/validate.js';
import { type GivenTrainingOptions, type TrainingOptions, trainingOptions, trainingSchema } from '../training/options.js';
import { farzi } from './farzi.js';
import { type LearnerOptions, learnerSchema } from './learner-options.js';
import type { ConfiguredMetaOptimizer } from './meta-optimizer.js';

/** The outer loop: JSON schema. */
export const outerLoopSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    starts: {
      type: 'integer',
      minimum: 1,
      default: 1,
      description: 'starts that are drawn, of which the one whose student validates best is improved',
    },
    outerSteps: { type: 'integer', minimum: 0, default: 200, description: 'steps of latents and decoder' },
    latentsLearningRate: { type: 'number', minimum: 0, default: 0.02, description: 'of the outer optimizer, for latents' },
    decoderLearningRate: { type: 'number', minimum: 0, default: 0.006, description: 'of the outer optimizer, for the decoder' },
    clip: { type: 'number', exclusiveMinimum: 0, default: 0.5, description: 'largest norm of a meta-gradient' },
    clipMedians: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 2,
      description: 'largest norm of a meta-gradient, in medians of the last 25: that of a learner which diverges says nothing',
    },
    validateEvery: {
      type: 'integer',
      minimum: 1,
      default: 25,
      description: 'outer steps between students trained for validation (and between checkpoints)',
    },
    validationStudents: { type: 'integer', minimum: 1, default: 1, description: 'students of each validation, whose mean counts' },
    quantisationAware: {
      type: 'boolean',
      default: true,
      description: 'learners see synthetic data as they are stored, and the gradient passes straight through; false: rounded afterwards',
    },
    ratePenalty: {
      type: 'number',
      minimum: 0,
      default: 0,
      description: 'loss that a kilobyte of stored synthetic data counts as, where storage takes fewer bytes for smaller numbers',
    },
    averaging: {
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.95,
      description: 'decay of the moving average of synthetic data over outer steps, which is what is validated and kept; 0: as they stand',
    },
    patience: { type: 'integer', minimum: 1, default: 8, description: 'validations without improvement before distillation stops' },
  },
} as const;

/** Distillation of a dataset into synthetic data. */
export type DistillationOptions = Readonly<Options<typeof outerLoopSchema>> & {
  readonly metaOptimizer: ConfiguredMetaOptimizer;
  readonly learner: LearnerOptions;
  /** Moves latents and decoder along the meta-gradient. */
  readonly outerOptimizer: Optimizer;
  /** Of both outer learning rates. */
  readonly schedule: RateSchedule;
};

/** The same as it is given: what is left out has its default. */
export type GivenDistillationOptions = Readonly<GivenOptions<typeof outerLoopSchema>> & {
  /** `farzi()` by default. */
  readonly metaOptimizer?: ConfiguredMetaOptimizer;
  readonly learner?: Readonly<GivenOptions<typeof learnerSchema>> & { readonly optimizer?: Optimizer };
  readonly outerOptimizer?: Optimizer;
  readonly schedule?: RateSchedule;
};

/** Adam's settings for the outer loop: meta-gradients are small, and their size changes. */
export const OUTER_ADAM = { beta2: 0.99, epsilon: 1e-8 } as const;

/**
 * Fills in defaults.
 *
 * @throws FARZI_CONFIG_INVALID, FARZI_CONFIG_UNKNOWN_KEY
 */
export function distillationOptions(given: GivenDistillationOptions = {}): DistillationOptions {
  const { metaOptimizer = farzi(), learner = {}, outerOptimizer = adam(OUTER_ADAM), schedule = cosineRate(), ...numbers } = given;
  const { optimizer = adam(), ...learnerNumbers } = learner;
  return {
    ...validateOptions<Options<typeof outerLoopSchema>>(outerLoopSchema, numbers, ['distillation']),
    metaOptimizer,
    learner: {
      ...validateOptions<Options<typeof learnerSchema>>(learnerSchema, learnerNumbers, ['distillation', 'learner']),
      optimizer: requireOptimizer(optimizer, 'distillation.learner.optimizer'),
    },
    outerOptimizer: requireOptimizer(outerOptimizer, 'distillation.outerOptimizer'),
    schedule: requireSchedule(schedule, 'distillation.schedule'),
  };
}

/** What only teachers have. */
const ownSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    members: {
      type: 'integer',
      minimum: 1,
      default: 1,
      description: 'learners that are trained, from initial weights and on batches of their own; their logits are averaged',
    },
    snapshots: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description: "weights kept along the first one's training, as starts for learners",
    },
  },
} as const;

/** Training of the learner on the full data: JSON schema. */
export const teacherSchema = {
  ...trainingSchema,
  properties: { ...trainingSchema.properties, ...ownSchema.properties },
} as const;

/** Training of the learner on the full data, for initialisations, snapshots and meta-optimizers that ask a teacher. */
export type TeacherOptions = TrainingOptions & Readonly<Options<typeof teacherSchema>>;
export type GivenTeacherOptions = GivenTrainingOptions & Readonly<GivenOptions<typeof teacherSchema>>;

/**
 * Fills in defaults.
 *
 * @throws FARZI_CONFIG_INVALID, FARZI_CONFIG_UNKNOWN_KEY
 */
export function teacherOptions({ members = 1, snapshots = 0, ...training }: GivenTeacherOptions = {}): TeacherOptions {
  const own = validateOptions<Options<typeof ownSchema>>(ownSchema, { members, snapshots }, ['teacher']);
  return { ...trainingOptions(training, 'teacher'), ...own };
}
