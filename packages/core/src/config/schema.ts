import type { FromSchema } from 'json-schema-to-ts';
import { DEFAULT_MAX_LENGTH } from '../data/input.js';
import { learnerSchema } from '../distill/learner-options.js';
import { outerLoopSchema, teacherSchema } from '../distill/options.js';
import { usualSelection } from '../evaluation/metrics/index.js';
import { usualValidationTargets } from '../evaluation/settings.js';
import { syntheticSchema } from '../synthetic/options.js';
import { trainingSchema } from '../training/options.js';

/**
 * `{ id, ...options }`: a contribution and its options, which are validated against the contribution's own schema. Its
 * id alone will do, too.
 */
const contribution = { type: 'object', required: ['id'], properties: { id: { type: 'string', minLength: 1 } } } as const;

/** What trains, and how its learning rate changes. */
const trainingParts = {
  optimizer: { ...contribution, description: 'how weights are updated' },
  schedule: { ...contribution, description: 'of the learning rate' },
} as const;

type TrainingNumbers = typeof trainingSchema.properties;
type WithoutDefault<Property> = Omit<Property, 'default'>;

/** Numbers of training without defaults, to override a part of another section. */
const trainingOverrides = Object.fromEntries(
  Object.entries(trainingSchema.properties).map(([name, { default: _default, ...property }]) => [name, property]),
) as { readonly [Name in keyof TrainingNumbers]: WithoutDefault<TrainingNumbers[Name]> };

/** What students are compared on where nothing is said. */
export const usualArms = ['full', 'distilled', 'teacher-init', 'random', 'head', 'popularity'] as const;

/** JSON schema of an experiment file. */
export const experimentSchema = {
  $id: 'https://farzi.dev/experiment.schema.json',
  title: 'Farzi experiment',
  type: 'object',
  additionalProperties: false,
  required: ['task', 'dataset', 'model'],
  properties: {
    $schema: { type: 'string', description: 'for editors' },
    extends: { type: 'string', minLength: 1, description: 'a file whose values stand where this one says nothing' },
    task: { enum: ['recommendation', 'language'], description: 'what is learned: the next item of a history, or the next token of a text' },
    seed: {
      type: 'integer',
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      default: 1,
      description: 'everything that is drawn follows from it',
    },
    plugins: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      default: [],
      description: 'npm packages or paths, resolved from this file',
    },
    engine: { type: 'string', default: 'auto', description: 'auto, an engine that farzi doctor lists, or a plugin engine' },
    threads: { type: 'integer', minimum: 0, default: 0, description: '0: as many as FARZI_THREADS, or one per core' },
    executor: { ...contribution, description: 'who trains students: inline, or several processes at the same time' },
    memoryLimit: {
      type: 'number',
      exclusiveMinimum: 0,
      description:
        'MB that a run may be expected to take: it is refused before it starts otherwise (default: the memory of the machine or of the container)',
    },
    dataset: { ...contribution, description: 'what is distilled, split into training, validation and test' },
    model: { ...contribution, description: 'the learner, the teacher, and the student unless students are listed' },
    students: {
      type: 'array',
      minItems: 1,
      items: contribution,
      description: 'models to train on the distilled data, if not just the learner',
    },
    maxLength: { type: 'integer', minimum: 1, default: DEFAULT_MAX_LENGTH, description: 'inputs per sequence, real and synthetic' },
    synthetic: {
      type: 'object',
      additionalProperties: false,
      default: {},
      properties: {
        ...syntheticSchema.properties,
        initialisation: { ...contribution, description: 'where synthetic data start' },
        storage: { ...contribution, description: 'how latents and decoder are stored: what students are trained on is what is stored' },
        vocabulary: {
          enum: ['inside', 'beside'],
          default: 'inside',
          description: 'names of tokens: in synthetic.farzi, or in synthetic.vocabulary.json beside it',
        },
      },
    },
    teacher: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'training of the learner on the full data, for initialisation, snapshots and meta-optimizers that ask a teacher',
      properties: { ...teacherSchema.properties, ...trainingParts },
    },
    distillation: {
      type: 'object',
      additionalProperties: false,
      default: {},
      properties: {
        metaOptimizer: { ...contribution, description: 'estimates how synthetic data should change' },
        learner: {
          type: 'object',
          additionalProperties: false,
          default: {},
          description: 'how learners are trained on synthetic data',
          properties: { optimizer: { ...contribution, description: 'differentiated through' }, ...learnerSchema.properties },
        },
        outerOptimizer: { ...contribution, description: 'moves latents and decoder along the meta-gradient' },
        schedule: { ...contribution, description: 'of both outer learning rates' },
        ...outerLoopSchema.properties,
      },
    },
    training: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'training of students, on every kind of data',
      properties: { ...trainingSchema.properties, ...trainingParts },
    },
    fullTraining: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'what differs when students are trained on the full data (the arm full): they may need more steps to reach their best',
      properties: { ...trainingOverrides, schedule: { ...contribution, description: 'of the learning rate' } },
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
          items: contribution,
          description: `kinds of training data to compare, see docs/results; default: ${usualArms.join(', ')}; full-equal-budget is the full data without fullTraining`,
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
          description:
            'the metric that models and synthetic data are chosen by, on validation; default: ndcg@10, or perplexity for language',
        },
        validationTargets: {
          type: 'integer',
          minimum: 1,
          description:
            'validate on this many targets only, where there are more: of users evenly among all, of texts the first; default: 5,000 for recommendation, and all for language',
        },
        seeds: { type: 'integer', minimum: 1, default: 3, description: 'students of each kind of data' },
        maskSeen: {
          type: 'boolean',
          description: 'leave out items that the user has already seen; default: true for recommendation, and never for language',
        },
        batchSize: { type: 'integer', minimum: 1, default: 128, description: 'sequences that are scored at a time' },
      },
    },
  },
} as const;

/** Defaults of `evaluation` that depend on the task. */
export const evaluationDefaults = {
  recommendation: {
    metrics: ['hr@10', 'ndcg@10', 'hr@100', 'ndcg@100', 'mrr'],
    selection: usualSelection.recommendation,
    maskSeen: true,
    validationTargets: usualValidationTargets.recommendation,
  },
  language: { metrics: ['perplexity', 'accuracy@1', 'accuracy@5'], selection: usualSelection.language, maskSeen: false },
} as const;

type Defaulted = FromSchema<typeof experimentSchema>;
type Section<Name extends keyof Defaulted> = Required<NonNullable<Defaulted[Name]>>;

/** `{ id, ...options }` */
export interface ContributionConfig {
  readonly id: string;
  readonly [option: string]: unknown;
}

/** A section some of whose keys are contributions. */
type WithContributions<Values, Names extends string> = Omit<Values, Names> & Readonly<Record<Names, ContributionConfig>>;

export type TrainingConfig = WithContributions<Section<'training'>, 'optimizer' | 'schedule'>;
type LearnerConfig = WithContributions<Required<NonNullable<Section<'distillation'>['learner']>>, 'optimizer'>;

/** A validated experiment with all defaults filled in. */
export interface ExperimentConfig {
  readonly task: 'recommendation' | 'language';
  readonly seed: number;
  readonly plugins: readonly string[];
  readonly engine: string;
  readonly threads: number;
  readonly executor: ContributionConfig;
  /** In MB. */
  readonly memoryLimit?: number;
  readonly dataset: ContributionConfig;
  readonly model: ContributionConfig;
  readonly students?: readonly ContributionConfig[];
  readonly maxLength: number;
  readonly synthetic: WithContributions<Section<'synthetic'>, 'initialisation' | 'storage'>;
  readonly teacher: WithContributions<Section<'teacher'>, 'optimizer' | 'schedule'>;
  readonly distillation: WithContributions<Omit<Section<'distillation'>, 'learner'>, 'metaOptimizer' | 'outerOptimizer' | 'schedule'> & {
    readonly learner: LearnerConfig;
  };
  readonly training: TrainingConfig;
  /** What differs from `training` for the arm `full`. */
  readonly fullTraining: Partial<Omit<TrainingConfig, 'optimizer'>>;
  readonly evaluation: Omit<Section<'evaluation'>, 'validationTargets' | 'arms'> & {
    readonly validationTargets?: number;
    readonly arms: readonly ContributionConfig[];
  };
}
