import type { ResolvedExperiment } from '../config/resolve.js';
import type { Corpus } from '../data/corpus.js';
import type { Dataset } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
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
