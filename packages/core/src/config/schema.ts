import type { FromSchema } from 'json-schema-to-ts';

/** `{ id, ...options }`: a contribution and its options, which are validated against the contribution's own schema. */
const contribution = { type: 'object', required: ['id'], properties: { id: { type: 'string', minLength: 1 } } } as const;

/** Training of one model from scratch. */
const trainingProperties = {
  batchSize: {
    type: 'integer',
    minimum: 1,
    default: 64,
    description: 'sequences per step; synthetic data are used whole when there are fewer',
  },
  learningRate: {
    anyOf: [
      { type: 'number', exclusiveMinimum: 0 },
      { type: 'array', minItems: 1, items: { type: 'number', exclusiveMinimum: 0 } },
    ],
    default: 0.01,
    description: 'one rate, or several to choose from on validation (with the first seed, for each kind of data)',
  },
  schedule: { enum: ['constant', 'cosine'], default: 'constant' },
  optimizer: { ...contribution, default: { id: 'adam' } },
  maxSteps: { type: 'integer', minimum: 1, default: 400 },
  evaluateEvery: { type: 'integer', minimum: 1, default: 25, description: 'steps between looks at validation' },
  patience: { type: 'integer', minimum: 1, default: 4, description: 'looks without improvement before training stops' },
} as const;

type TrainingProperties = typeof trainingProperties;
type WithoutDefault<Property> = Omit<Property, 'default'>;

/** The same without defaults, to override a part of another section; the optimizer stays. */
const trainingOverrides = Object.fromEntries(
  Object.entries(trainingProperties)
    .filter(([name]) => name !== 'optimizer')
    .map(([name, { default: _default, ...property }]) => [name, property]),
) as { readonly [Name in Exclude<keyof TrainingProperties, 'optimizer'>]: WithoutDefault<TrainingProperties[Name]> };

/** JSON schema of an experiment file. */
export const experimentSchema = {
  $id: 'https://farzi.dev/experiment.schema.json',
  title: 'Farzi experiment',
  type: 'object',
  additionalProperties: false,
  required: ['task', 'dataset', 'model'],
  properties: {
    $schema: { type: 'string' },
    task: { enum: ['recommendation', 'language'] },
    seed: { type: 'integer', minimum: 0, default: 1 },
    plugins: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      default: [],
      description: 'npm packages or paths, resolved from this file',
    },
    engine: { type: 'string', default: 'auto', description: 'auto, an engine that farzi doctor lists, or a plugin engine' },
    threads: { type: 'integer', minimum: 0, default: 0, description: '0: one per core' },
    dataset: contribution,
    model: { ...contribution, description: 'the learner, the teacher, and the student unless students are listed' },
    students: {
      type: 'array',
      minItems: 1,
      items: contribution,
      description: 'models to train on the distilled data, if not just the learner',
    },
    maxLength: { type: 'integer', minimum: 1, default: 50, description: 'inputs per sequence, real and synthetic' },
    synthetic: {
      type: 'object',
      additionalProperties: false,
      default: {},
      properties: {
        sequences: { type: 'integer', minimum: 1, default: 50 },
        rank: { type: 'integer', minimum: 1, default: 16 },
        temperature: { type: 'number', exclusiveMinimum: 0, default: 1 },
        inputs: {
          enum: ['soft', 'hard'],
          default: 'soft',
          description: 'soft: distributions (the paper); hard: real tokens in, learned soft targets out',
        },
        initialisation: { enum: ['teacher', 'random'], default: 'teacher' },
      },
    },
    teacher: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'training of the learner on the full data, for initialisation and snapshots',
      properties: {
        ...trainingProperties,
        snapshots: { type: 'integer', minimum: 0, default: 0, description: 'weights kept along that training, as starts for learners' },
      },
    },
    distillation: {
      type: 'object',
      additionalProperties: false,
      default: {},
      properties: {
        metaOptimizer: { ...contribution, default: { id: 'farzi' } },
        optimizer: { ...contribution, default: { id: 'adam', epsilon: 1e-3 }, description: "the learners', differentiated through" },
        outerSteps: { type: 'integer', minimum: 0, default: 200 },
        latentsLearningRate: { type: 'number', minimum: 0, default: 0.003 },
        decoderLearningRate: { type: 'number', minimum: 0, default: 0.001 },
        schedule: { enum: ['constant', 'cosine'], default: 'constant' },
        beta1: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.9 },
        beta2: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.99 },
        clip: { type: 'number', exclusiveMinimum: 0, default: 0.5, description: 'largest norm of a meta-gradient' },
        validateEvery: {
          type: 'integer',
          minimum: 1,
          default: 25,
          description: 'outer steps between students trained for validation (and between checkpoints)',
        },
        validationStudents: { type: 'integer', minimum: 1, default: 1 },
        patience: { type: 'integer', minimum: 1, default: 8, description: 'validations without improvement before distillation stops' },
      },
    },
    training: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'training of students, on every kind of data',
      properties: trainingProperties,
    },
    fullTraining: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'what differs when students are trained on the full data (the arm full): they may need more steps to reach their best',
      properties: trainingOverrides,
    },
    evaluation: {
      type: 'object',
      additionalProperties: false,
      default: {},
      properties: {
        arms: {
          type: 'array',
          uniqueItems: true,
          minItems: 1,
          items: { enum: ['full', 'full-equal-budget', 'distilled', 'teacher-init', 'random', 'head', 'popularity'] },
          default: ['full', 'distilled', 'teacher-init', 'random', 'head', 'popularity'],
          description: 'kinds of training data; full-equal-budget is the full data without fullTraining',
        },
        metrics: {
          type: 'array',
          uniqueItems: true,
          minItems: 1,
          items: { type: 'string' },
          description:
            'default for recommendation: hr@10, ndcg@10, hr@100, ndcg@100, mrr; for language: perplexity, accuracy@1, accuracy@5',
        },
        selection: {
          type: 'string',
          description: 'the metric that models and summaries are chosen by, on validation; default: ndcg@10, or perplexity for language',
        },
        validationTargets: {
          type: 'integer',
          minimum: 1,
          description: 'look at this many targets from the start of validation, when all would take too long',
        },
        seeds: { type: 'integer', minimum: 1, default: 3 },
        maskSeen: {
          type: 'boolean',
          description: 'leave out items that the user has already seen; default: true for recommendation, and never for language',
        },
        batchSize: { type: 'integer', minimum: 1, default: 128 },
      },
    },
  },
} as const;

/** Defaults of `evaluation` that depend on the task. */
export const evaluationDefaults = {
  recommendation: { metrics: ['hr@10', 'ndcg@10', 'hr@100', 'ndcg@100', 'mrr'], selection: 'ndcg@10', maskSeen: true },
  language: { metrics: ['perplexity', 'accuracy@1', 'accuracy@5'], selection: 'perplexity', maskSeen: false },
} as const;

type Defaulted = FromSchema<typeof experimentSchema>;
type Section<Name extends keyof Defaulted> = Required<NonNullable<Defaulted[Name]>>;

/** `{ id, ...options }` */
export interface ContributionConfig {
  readonly id: string;
  readonly [option: string]: unknown;
}

/** A section whose optimizer is a contribution. */
type WithOptimizer<Name extends 'training' | 'teacher' | 'distillation'> = Omit<Section<Name>, 'optimizer'> & {
  readonly optimizer: ContributionConfig;
};

export type TrainingConfig = WithOptimizer<'training'>;

/** A validated experiment with all defaults filled in. */
export interface ExperimentConfig {
  readonly task: 'recommendation' | 'language';
  readonly seed: number;
  readonly plugins: readonly string[];
  readonly engine: string;
  readonly threads: number;
  readonly dataset: ContributionConfig;
  readonly model: ContributionConfig;
  readonly students?: readonly ContributionConfig[];
  readonly maxLength: number;
  readonly synthetic: Section<'synthetic'>;
  readonly teacher: WithOptimizer<'teacher'>;
  readonly distillation: Omit<WithOptimizer<'distillation'>, 'metaOptimizer'> & { readonly metaOptimizer: ContributionConfig };
  readonly training: TrainingConfig;
  /** What differs from `training` for the arm `full`. */
  readonly fullTraining: Partial<Omit<TrainingConfig, 'optimizer'>>;
  readonly evaluation: Omit<Section<'evaluation'>, 'validationTargets'> & { readonly validationTargets?: number };
}
