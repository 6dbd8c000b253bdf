import type { Options } from '../options/schema.js';
import type { TrajectoryLookup } from '../unroll/trajectories.js';
import type { TrajectoryStrategy } from '../unroll/trajectory.js';

/** Options of the `farzi` meta-optimizer. */
export const farziSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    unroll: {
      enum: ['full', 'window'],
      default: 'window',
      description: 'full: differentiate all steps from the start; window: train plainly first, differentiate the last steps',
    },
    steps: { type: 'integer', minimum: 1, default: 20, description: 'inner steps that are differentiated' },
    trajectories: {
      type: 'integer',
      minimum: 1,
      default: 1,
      description: 'learners per outer step, averaged; different ones, so at most poolSize with a pool',
    },
    realBatchSize: {
      type: 'integer',
      minimum: 1,
      default: 512,
      description: 'real sequences per outer step, whose loss is lowered: the more, the steadier the meta-gradient',
    },
    teacherShare: {
      type: 'number',
      minimum: 0,
      maximum: 1,
      default: 0,
      description: 'share of the loss on real data in which a teacher says what comes next, instead of the event that did',
    },
    trajectory: {
      type: ['string', 'object'],
      default: {},
      description: 'id of a trajectory, or an object with id, memoryBudget and its own options',
      properties: {
        id: {
          type: 'string',
          default: 'stored',
          description:
            'how the states of the inner steps are found again: stored, checkpointed (replayed from every k-th), reversible (undone: imprecise, as published), or one that a plugin contributes',
        },
        memoryBudget: {
          type: 'number',
          exclusiveMinimum: 0,
          description:
            'MB that kept states may take in memory; the rest waits in a scratch file in the folder for temporary files (no limit by default)',
        },
      },
    },
    adjoint: {
      enum: ['exact', 'paper', 'detached'],
      default: 'exact',
      description: 'how much of the derivative of Adam is kept: all, the published part, or that with second moments held constant',
    },
  },
} as const;

/** Options of the `farzi` meta-optimizer, with all defaults. */
export type FarziOptions = Omit<Options<typeof farziSchema>, 'trajectory'> & {
  readonly trajectory: string | TrajectoryOptions;
};

/** A trajectory, MB that kept states may take in memory, and the trajectory's own options. */
export type TrajectoryOptions = { readonly id: string; readonly memoryBudget?: number } & Readonly<Record<string, unknown>>;

/** A strategy, and bytes that kept states may take in memory. */
export interface ChosenTrajectory {
  readonly strategy: TrajectoryStrategy;
  readonly memoryBudget: number;
}

/** The strategy that some options ask for. */
export function strategyOf({ trajectory }: FarziOptions, lookup: TrajectoryLookup): ChosenTrajectory {
  const { id, memoryBudget = Infinity, ...options } = typeof trajectory === 'string' ? { id: trajectory } : trajectory;
  return { strategy: lookup(id, options), memoryBudget: memoryBudget * 2 ** 20 };
}
