import type { Engine } from '../engine/engine.js';
import type { Scorer } from '../evaluation/evaluate.js';
import type { Model } from '../model/model.js';
import type { Configured } from '../options/configured.js';
import type { OptionsSchema } from '../options/schema.js';
import type { RandomStream } from '../random/stream.js';
import type { SyntheticData } from '../synthetic/synthetic.js';
import type { TeacherView } from '../synthetic/teacher-view.js';
import type { TrainingData } from './training-data.js';

/** What an arm of the comparison works with. */
export interface ArmContext {
  readonly engine: Engine;
  /** Real training sequences. */
  readonly train: readonly Int32Array[];
  /** How often each token occurs in the training data: `[vocabulary]`. */
  readonly occurrences: Float64Array;
  readonly synthetic: {
    /** After distillation. */
    readonly distilled: SyntheticData;
    /** Before any outer step. */
    readonly initial: SyntheticData;
    /** Bytes of the distilled data as they are stored, without their vocabulary. */
    readonly bytes: number;
  };
  /** Inputs per sequence. */
  readonly length: number;
  readonly maskSeen: boolean;
  /** Candidates of the lists that some metrics need, 0 for none. */
  readonly listLength: number;
  /** There for an arm that needs one: the learner, trained on the full data. */
  readonly teacher: TeacherView | undefined;
  /** Of the student and its seed: settles every draw. */
  readonly stream: RandomStream;
}

/** What students of an arm are trained on, or what stands in for them without any training. */
export type Arm =
  | {
      readonly data: TrainingData;
      /** Sequences in the data, for tables. */
      readonly sequences: number;
    }
  | {
      /** Is evaluated once, whatever the number of seeds. */
      readonly scorer: Scorer;
      readonly sequences: number;
    };

/** A kind of data that students are compared on. */
export interface ArmDefinition<Options = never> {
  readonly id: string;
  readonly schema: OptionsSchema;
  /** Which section of the configuration says how its students are trained. */
  readonly budget: 'training' | 'fullTraining';
  /** What its students are trained on, for estimates: real sequences where it does not say. */
  readonly trainsOn?: 'real' | 'synthetic' | 'nothing';
  /** Whether a teacher is to be trained on the full data; not where it does not say. */
  readonly needsTeacher?: boolean;
  /**
   * Whether it looks at the context's synthetic data, if only at how many they are: yes where it does not say. Students
   * of an arm that does not are the same whatever is distilled.
   */
  readonly needsSynthetic?: boolean;
  /** Refuses options that do not fit together, and a learner that it cannot ask. Throws FARZI_CONFIG_INVALID. */
  check?(options: Options, learner: Model): void;
  create(options: Options, context: ArmContext): Arm | Promise<Arm>;
}

/** An arm with its options. */
export type ConfiguredArm = Configured<ArmDefinition>;
