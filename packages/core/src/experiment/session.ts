import type { Dataset, EvaluationCase } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import { evaluate, type Scorer } from '../evaluation/evaluate.js';
import { ModelScorer } from '../evaluation/model-scorer.js';
import type { Model } from '../model/model.js';
import type { ModelDefinition } from '../plugin/define.js';
import type { RandomStream } from '../random/stream.js';
import { TracedModel } from '../model/traced-model.js';
import type { Reporters } from '../report/reporter.js';
import type { Resolved, ResolvedExperiment } from '../config/resolve.js';
import type { RunDirectory } from '../run/directory.js';

/** What every stretch of an experiment works with. */
export interface Session {
  readonly experiment: ResolvedExperiment;
  readonly dataset: Dataset;
  /** What is trained on: sequences with something to predict, texts cut into stretches. */
  readonly train: readonly Int32Array[];
  /** What models and summaries are chosen by. */
  readonly validation: readonly EvaluationCase[];
  readonly engine: Engine;
  readonly directory: RunDirectory;
  readonly reporters: Reporters;
  /** The experiment's root stream. */
  readonly stream: RandomStream;
  readonly signal: AbortSignal | undefined;
}

/** A model built for a session's dataset. */
export function buildModel({ experiment, dataset }: Session, { definition, options }: Resolved<ModelDefinition>): TracedModel {
  const model: Model = definition.create(options, { vocabularySize: dataset.vocabulary.length, maxLength: experiment.config.maxLength });
  return new TracedModel(model);
}

/** Compiles the scoring half of evaluation for a model. */
export function compileScorer({ experiment, dataset, engine }: Session, model: TracedModel): Promise<ModelScorer> {
  const { maxLength, evaluation } = experiment.config;
  const { batchSize, maskSeen } = evaluation;
  const options = { batchSize, length: maxLength, vocabularySize: dataset.vocabulary.length, maskSeen };
  return ModelScorer.compile(engine, model, options, [...dataset.validation, ...dataset.test]);
}

/** The selection metric on validation, turned so that larger is better. */
export async function validationScore({ experiment, dataset, validation }: Session, scorer: Scorer): Promise<number> {
  const { selection } = experiment;
  const values = await evaluate(scorer, validation, [selection], dataset.characters);
  const value = values[selection.key] ?? Number.NaN;
  return selection.smallerIsBetter ? -value : value;
}

/** All metrics on test. */
export function testMetrics({ experiment, dataset }: Session, scorer: Scorer): Promise<Record<string, number>> {
  return evaluate(scorer, dataset.test, experiment.metrics, dataset.characters);
}

/** A number as it is shown while a run goes on. */
export const short = (value: number): string => value.toPrecision(4);
