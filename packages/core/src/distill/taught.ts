import type { LossAt } from '../training/train.js';

/** A learner trained on the full data, and weights along its way. */
export interface Teacher {
  /** Flat. */
  readonly weights: Float32Array;
  readonly snapshots: readonly Float32Array[];
  readonly seconds: number;
}

/** What came of training a teacher at one learning rate. */
export interface TeacherAt extends Teacher {
  /** On validation; larger is better. */
  readonly score: number;
  /** Steps after which the weights were reached. */
  readonly step: number;
}

/** What came of training a teacher at one learning rate where nobody may have listened. */
export type TaughtElsewhere = {
  /** Losses that nobody heard of. */
  readonly untold: readonly LossAt[];
} & ({ readonly teacher: TeacherAt } | { readonly diverged: Error });
