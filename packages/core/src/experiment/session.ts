import type { ResolvedExperiment } from '../config/resolve.js';
import type { Corpus } from '../data/corpus.js';
import type { Dataset } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import type { Executor } from '../executor/executor.js';
import type { JobStore } from '../executor/job-store.js';
import { evaluationContextOf } from '../evaluation/context.js';
import type { EvaluationProtocol } from '../evaluation/validation.js';
import type { Observer } from '../report/reporter.js';
import type { RunDirectory } from '../run/directory.js';
import type { CheckpointStore } from '../storage/checkpoints.js';
import type { Fingerprint } from '../storage/fingerprint.js';

/** What every stage of an experiment works with. */
export interface Session {
  readonly experiment: ResolvedExperiment;
  readonly dataset: Dataset;
  /** What is trained on, and what models and synthetic data are chosen by. */
  readonly corpus: Corpus;
  readonly engine: Engine;
  /** Gets jobs done, here or elsewhere. */
  readonly executor: Executor;
  /** Gets jobs done in this process, one after the other. */
  readonly here: Executor;
  /** What the executor's jobs read and write. */
  readonly store: JobStore;
  /** Versions of what computes: jobs of others are not ours. */
  readonly versions: Readonly<Record<string, string>>;
  readonly directory: RunDirectory;
  /** What results depend on. */
  readonly fingerprint: Fingerprint;
  readonly checkpoints: CheckpointStore;
  readonly observer: Observer;
  readonly signal: AbortSignal | undefined;
}

/** How models of a session are judged. */
export function protocolOf({ experiment, dataset }: Pick<Session, 'experiment' | 'dataset'>): EvaluationProtocol {
  const { maxLength, evaluation } = experiment.config;
  const { batchSize, maskSeen } = evaluation;
  return { batchSize, maskSeen, length: maxLength, context: evaluationContextOf(dataset) };
}
