import type { DataInput } from '../data/input.js';
import type { EngineInput } from '../engine/with-engine.js';
import type { EvaluationInput } from '../evaluation/settings.js';
import type { ConfiguredModel } from '../model/definition.js';
import type { Observer } from '../report/reporter.js';
import type { CheckpointStore } from '../storage/checkpoints.js';
import type { ConfiguredCodec } from '../storage/codec.js';
import type { ConfiguredInitialisation } from '../synthetic/initialisation.js';
import type { GivenSyntheticOptions } from '../synthetic/options.js';
import type { SyntheticPackage } from '../synthetic/package.js';
import type { SyntheticData } from '../synthetic/synthetic.js';
import type { GivenTrainingOptions } from '../training/options.js';
import type { TrajectoryDefinition } from '../unroll/trajectory.js';
import type { Elsewhere } from './elsewhere.js';
import type { GivenDistillationOptions, GivenTeacherOptions } from './options.js';
import type { OuterProgress } from './outer-loop.js';
import type { Teacher } from './taught.js';

/** What to distil, and how. Everything but data and model has a default. */
export type DistillRequest = DataInput &
  EngineInput &
  GivenDistillationOptions &
  Observer & {
    /** The learner, which is also the teacher and the student of validation. */
    readonly model: ConfiguredModel;
    /** Inputs per sequence, real and synthetic. */
    readonly maxLength?: number;
    readonly synthetic?: GivenSyntheticOptions & {
      /** Where synthetic data start: `teacherInitialisation()` by default. */
      readonly initialisation?: ConfiguredInitialisation;
      /** How they are stored: `entropy()` by default. Students are trained on what is stored. */
      readonly storage?: ConfiguredCodec;
    };
    readonly teacher?: GivenTeacherOptions;
    /** Whether {@link Distillation.teacher} is wanted even where the distillation itself needs none; not by default. */
    readonly needsTeacher?: boolean;
    /** Training of the students that synthetic data are validated with. */
    readonly training?: GivenTrainingOptions;
    readonly evaluation?: EvaluationInput;
    /** Trajectories that meta-optimizers may ask for beside the built-in ones. */
    readonly trajectories?: readonly TrajectoryDefinition[];
    /**
     * MB that the distillation may be expected to take: the memory of the machine or of its container by default. With
     * Infinity nothing is estimated.
     */
    readonly memoryLimit?: number;
    /** Settles every draw; 1 by default. */
    readonly seed?: number;
    /** Where a distillation that is interrupted goes on from; nothing is kept by default. */
    readonly checkpoints?: CheckpointStore;
    /** Who does what of it can be done elsewhere; nobody by default. */
    readonly elsewhere?: Elsewhere;
    /** Interrupts: after a checkpoint was saved FARZI_INTERRUPTED is thrown. */
    readonly signal?: AbortSignal;
  };

/** What distillation gives. */
export interface Distillation {
  /** The synthetic data that were best on validation, with what is needed to read them without the dataset. */
  readonly synthetic: SyntheticPackage;
  /** The synthetic data before any outer step: of several starts, the one that was improved. */
  readonly initial: SyntheticData;
  /** There where the initialisation or the learners needed one, or it was asked for. */
  readonly teacher: Teacher | undefined;
  readonly progress: OuterProgress;
}
