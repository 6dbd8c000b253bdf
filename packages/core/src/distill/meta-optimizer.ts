import type { Engine, EngineTensors } from '../engine/engine.js';
import type { BoundedSizes } from '../estimate/stages.js';
import type { Work } from '../estimate/work.js';
import type { TracedModel } from '../model/traced-model.js';
import type { Configured } from '../options/configured.js';
import type { OptionsSchema } from '../options/schema.js';
import type { RandomStream } from '../random/stream.js';
import type { SavedTensors } from '../storage/safetensors.js';
import type { SyntheticTensors } from '../synthetic/source.js';
import type { SyntheticData, SyntheticShape } from '../synthetic/synthetic.js';
import type { TrajectoryLookup } from '../unroll/trajectories.js';
import type { LearnerOptions } from './learner-options.js';
import type { Part, PartWorker } from './elsewhere.js';

/** What is known about a distillation before anything is loaded or trained. */
export interface DistillationPlan {
  readonly learner: LearnerOptions;
  /** How many weights along training on the full data there will be. */
  readonly snapshots: number;
  /** How states are found again, by id. */
  readonly trajectory: TrajectoryLookup;
}

/** What a meta-optimizer works with. */
export interface DistillationContext {
  readonly engine: Engine;
  /** The learner. */
  readonly model: TracedModel;
  /** How the learner is trained on synthetic data. */
  readonly learner: LearnerOptions;
  /** Sizes and fixed parts of the synthetic data; its latents and decoder are where they start. */
  readonly data: SyntheticData;
  /** Real training sequences. */
  readonly train: readonly Int32Array[];
  /** Flat weights along trainings on the full data, where some were kept. */
  readonly snapshots: readonly Float32Array[];
  /** Flat weights of a teacher, of one member after the other: there where the definition needs one. */
  readonly teacher?: Float32Array | undefined;
  readonly stream: RandomStream;
  /** How states are found again, by id. */
  readonly trajectory: TrajectoryLookup;
  /**
   * Gets a part of an estimate done by the definition's `partWorker` in another process or on another machine, many at
   * the same time; `undefined` where there are no others.
   */
  readonly elsewhere?: ((part: Part) => Promise<Part>) | undefined;
}

/** The sizes of a distillation, for estimates. */
export interface DistillationSizes extends Omit<DistillationPlan, 'snapshots'> {
  readonly model: TracedModel;
  readonly data: SyntheticShape;
  readonly outerSteps: number;
  /** Learners that a teacher is made of. */
  readonly teacherMembers: number;
  /** Every batch size goes through it: an estimate may look at smaller ones first. */
  readonly sizes: BoundedSizes;
}

/** How the loss on real data depends on the synthetic data, as far as one outer step sees. */
export interface MetaEstimate {
  /** Loss on real data after training on synthetic data, averaged over trajectories. */
  readonly metaLoss: number;
  /** Last loss on the synthetic data themselves. */
  readonly innerLoss: number;
  /** With respect to `latents` and `decoder`; the caller's. */
  readonly gradient: EngineTensors;
}

/**
 * Estimates derivatives of the loss on real data with respect to synthetic data. The outer loop turns them into steps.
 */
export interface MetaOptimizer {
  /**
   * @param outerStep - from 0; with the context's stream it settles every draw
   * @param synthetic - `latents` and `decoder` as they stand; they stay the caller's
   */
  estimate(outerStep: number, synthetic: SyntheticTensors): Promise<MetaEstimate>;
  /** What it must remember to go on after an interruption. */
  save(): Promise<SavedTensors>;
  restore(saved: SavedTensors): void;
  dispose(): Promise<void>;
}

/** A way to find out how synthetic data should change. */
export interface MetaOptimizerDefinition<Options = never> {
  readonly id: string;
  readonly schema: OptionsSchema;
  /** Inner steps of each trajectory with some options, for reports; 0 where there are none. */
  innerSteps(options: Options): number;
  /**
   * Refuses options that contradict each other or the plan, before anything long starts. Throws FARZI_CONFIG_INVALID.
   */
  check?(options: Options, plan: DistillationPlan): void;
  /** Whether a teacher is to be trained on the full data first, for `context.teacher`: not where it does not say. */
  needsTeacher?(options: Options): boolean;
  /** What all outer steps compute and keep: where it does not say, estimates leave it out. */
  work?(options: Options, sizes: DistillationSizes): Work;
  create(options: Options, context: DistillationContext): Promise<MetaOptimizer>;
  /** Parts that an estimate asks for at the same time; none where it does not say. */
  parts?(options: Options): number;
  /** Does the parts that estimates ask for through `context.elsewhere`, with an equal context. */
  partWorker?(options: Options, context: DistillationContext): Promise<PartWorker>;
}

/** A meta-optimizer with its options. */
export type ConfiguredMetaOptimizer = Configured<MetaOptimizerDefinition>;
