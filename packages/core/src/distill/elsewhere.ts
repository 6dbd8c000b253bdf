import type { Checkpoint } from '../storage/checkpoint-bytes.js';
import type { SyntheticData } from '../synthetic/synthetic.js';
import type { MemberTraining, TaughtElsewhere } from './taught.js';

/** A part of a distillation that may be done anywhere, or what came of it: arrays, and JSON. */
export type Part = Checkpoint;

/** Does parts of a distillation one after the other. */
export interface PartWorker {
  run(part: Part): Promise<Part>;
  dispose(): Promise<void>;
}

/** What the parts of a distillation have in common, beside its settings and data. */
export interface PartsBasis {
  /** The synthetic data before any outer step. */
  readonly initial: SyntheticData;
  /** Flat weights along trainings on the full data. */
  readonly snapshots: readonly Float32Array[];
  /** Flat weights of the teacher, of one member after the other, where the outer loop asks it. */
  readonly teacher?: Float32Array | undefined;
}

/**
 * Gets parts of a distillation done by others, in processes or on machines that have the same data and settings.
 * Whoever does them, the same comes out.
 */
export interface Elsewhere {
  /** Parts that are done at the same time; with 1, nobody but this process does any. */
  readonly workers: number;
  /** Trains a member of the teacher at a learning rate, or finds out what came of that before. */
  teacherAt(training: MemberTraining): Promise<TaughtElsewhere>;
  /** Hears that the teacher is kept: nobody asks for its trainings any more. */
  taught(): Promise<void>;
  /** Gets parts of the outer loop done: any number may be asked for at the same time. */
  parts(basis: PartsBasis): (part: Part) => Promise<Part>;
}
