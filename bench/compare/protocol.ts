/**
 * What compare.ts and the processes that it measures say to each other. Peers answer with the same JSON, see
 * bench/peers/harness.py.
 */

/** The engine that all others are compared with. */
export const REFERENCE = 'onnx';

/** What one process measures: a meta-gradient one way, or training and ranking. */
export const modes = ['naive', 'stored', 'training'] as const;
export type Mode = (typeof modes)[number];

/** A meta-gradient beside plain training of as many steps; all seconds are of all steps. */
export interface UnrollResult {
  readonly plainSeconds: readonly number[];
  readonly metaSeconds: readonly number[];
  readonly metaLoss: number;
}

/** Training on real data (seconds of all steps), full ranking of one batch, and a large matrix product. */
export interface TrainingResult {
  readonly trainingSeconds: readonly number[];
  readonly rankingSeconds: readonly number[];
  readonly productSeconds: readonly number[];
  /** Before the last step. */
  readonly loss: number;
  readonly meanRank: number;
  readonly meanLogProbability: number;
}

/** What every process reports besides. */
export interface Circumstances {
  readonly version: string;
  /** Which of several ways to run it was the fastest, where there are several. */
  readonly variant?: string;
  readonly compileSeconds: number;
  readonly peakRssMB: number;
}

/** One process's answer, and who gave it. */
interface Answer<M extends Mode, R> {
  readonly contestant: string;
  readonly mode: M;
  readonly threads: number;
  readonly result: R & Circumstances;
}
export type UnrollAnswer = Answer<'naive' | 'stored', UnrollResult>;
export type TrainingAnswer = Answer<'training', TrainingResult>;

/** A process that gave no answer. */
export interface Failure {
  readonly contestant: string;
  readonly mode: Mode;
  readonly threads: number;
  readonly reason: string;
}

/** Options of every measuring process. */
export const measureOptions = {
  exchange: { type: 'string' },
  result: { type: 'string' },
  gradients: { type: 'string' },
  mode: { type: 'string' },
  threads: { type: 'string' },
  repeats: { type: 'string' },
  patience: { type: 'string' },
} as const;
