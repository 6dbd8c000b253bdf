import type { Checkpoint } from '../storage/checkpoint-bytes.js';
import { sha256 } from '../storage/sha256.js';
import type { Observer } from '../report/reporter.js';

/**
 * Work that may be done anywhere, as plain data: what kind of work, the names of its inputs in a {@link JobStore}, and
 * numbers. It settles what comes out, so that doing it twice is harmless.
 */
export interface Job {
  readonly kind: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly numbers: Readonly<Record<string, number>>;
}

const sorted = <T>(record: Readonly<Record<string, T>>): [string, T][] => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

/** What a job is known by: the same for the same work. */
export const jobId = ({ kind, inputs, numbers }: Job): string => sha256(JSON.stringify([kind, sorted(inputs), sorted(numbers)]));

/** What came out of a job. */
export interface JobResult {
  /** Names of the outputs in the store. */
  readonly outputs: Readonly<Record<string, string>>;
  /** That were spent on what a report calls work, as the job measured it: another time they are others. */
  readonly seconds: number;
  /** Who did it: what may change bits. */
  readonly worker: string;
}

/** What a job may use while it is done. */
export interface JobHelp {
  /** Interrupts: FARZI_INTERRUPTED is thrown, after a checkpoint was saved where the job has any. */
  readonly signal?: AbortSignal;
  /** Hears what happens meanwhile, where that is done in this process. */
  readonly observer: Observer;
}

/** What a job gives to whoever does it. */
export interface Done {
  readonly outputs: Readonly<Record<string, Checkpoint>>;
  readonly seconds: number;
}

/** Does a job. */
export type Work = (job: Job, help: JobHelp) => Promise<Done>;
