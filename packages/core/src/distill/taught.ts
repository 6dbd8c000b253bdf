import type { LossAt } from '../training/train.js';

/** Learners trained on the full data whose logits are averaged, and weights along the way of the first. */
export interface Teacher {
  /** Flat, of one member after the other. */
  readonly weights: Float32Array;
  readonly snapshots: readonly Float32Array[];
  readonly seconds: number;
}

/** A training of one of a teacher's members. */
export interface MemberTraining {
  readonly learningRate: number;
  /** From 0. */
  readonly member: number;
}

/** What came of training a member of a teacher at one learning rate. */
export interface TeacherAt extends Teacher {
  /** On validation; larger is better. */
  readonly score: number;
  /** Steps after which the weights were reached. */
  readonly step: number;
}

/** What came of training a member of a teacher at one learning rate where nobody may have listened. */
export type TaughtElsewhere = {
  /** Losses that nobody heard of. */
  readonly untold: readonly LossAt[];
} & ({ readonly teacher: TeacherAt } | { readonly diverged: Error });
