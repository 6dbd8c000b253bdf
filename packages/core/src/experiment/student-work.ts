import type { LabelledArm, LabelledModel } from '../config/resolve.js';
import type { Job, JobResult } from '../executor/job.js';
import type { MeasuredStudent, StudentResult } from '../report/summary.js';
import { studentFile } from '../run/student-files.js';
import type { TrainedStudent } from './student-job.js';

/** One student of one arm. */
export interface StudentOfArm {
  readonly arm: LabelledArm;
  readonly model: LabelledModel;
  readonly seed: number;
  /** Whether the student is kept in the run directory. */
  readonly keep: boolean;
}

/** A student, trained at one learning rate. */
export interface Training {
  readonly learningRate: number;
  readonly job: Job;
  readonly result: JobResult;
  /** Whether its losses have been told. */
  readonly told: boolean;
  /** Of the output. */
  readonly name: string;
  readonly trained: TrainedStudent;
}

/** A training that gave weights. */
export type TrainedAt = Training & { readonly trained: Extract<TrainedStudent, { readonly kind: 'trained' }> };

/** What was measured of a student on test. */
export type Measured = Pick<MeasuredStudent, 'metrics' | 'ofCases'>;

/** What an earlier session knew of a student, and values of metrics that were added since. */
export interface Earlier {
  readonly result: StudentResult;
  readonly added?: Measured;
}

/** What is done about one student. */
export class StudentWork {
  readonly #trainings = new Map<number, Training>();
  earlier: Promise<Earlier | undefined> | undefined;
  /** Whether there was nothing to train. */
  measured = false;

  constructor(
    readonly student: StudentOfArm,
    /** Does something when all students before this one are done. */
    readonly commit: (action: () => Promise<void>) => Promise<void>,
  ) {}

  /** The trainings that are done, in the order in which one process would do them, whichever ended first. */
  get trainings(): readonly Training[] {
    return [...this.#trainings].sort(([one], [other]) => one - other).map(([, training]) => training);
  }

  add(place: number, training: Training): void {
    this.#trainings.set(place, training);
  }
}

/** The best on validation, the first of those that are equal. */
export function bestOf(trainings: readonly Training[]): TrainedAt | undefined {
  const trained = trainings.filter((each): each is TrainedAt => each.trained.kind === 'trained');
  return trained.reduce<TrainedAt | undefined>(
    (best, each) => (best === undefined || each.trained.training.score > best.trained.training.score ? each : best),
    undefined,
  );
}

/** What notes and measurements call a student. */
export const subjectOf = ({ arm, seed }: StudentOfArm): string => `${arm.label} seed ${seed}`;
/** Where it is kept in the run directory. */
export const fileOf = ({ arm, model }: StudentOfArm): string => studentFile({ student: model.label, data: arm.label });
/** What the learning rate of a student and an arm is known by. */
export const rateName = ({ arm, model }: StudentOfArm): string => `${model.label} ${arm.label}`;
