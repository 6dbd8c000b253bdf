import type { Dataset } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import { evaluate, type Scorer } from '../evaluation/evaluate.js';
import { ModelScorer } from '../evaluation/model-scorer.js';
import { mostTargets } from '../evaluation/windows.js';
import type { Model } from '../model/model.js';
import type { ModelDefinition } from '../plugin/define.js';
import type { RandomStream } from '../random/stream.js';
import { TracedModel } from '../training/objective.js';
import type { Reporters } from './events.js';
import type { Resolved, ResolvedExperiment } from './resolve.js';
import type { RunDirectory } from './run-directory.js';

/** What every stretch of an experiment works with. */
export interface Session {
  readonly experiment: ResolvedExperiment;
  readonly dataset: Dataset;
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
  return ModelScorer.compile(engine, model, {
    batchSize: evaluation.batchSize,
    length: maxLength,
    targetsPerWindow: mostTargets([...dataset.validation, ...dataset.test], maxLength),
  });
}

/** The selection metric on validation, turned so that larger is better. */
export async function validationScore({ experiment, dataset }: Session, scorer: Scorer): Promise<number> {
  const { selection, config } = experiment;
  const values = await evaluate(scorer, dataset.validation, [selection], {
    maskSeen: config.evaluation.maskSeen,
    vocabularySize: dataset.vocabulary.length,
  });
  const value = values[selection.key] ?? Number.NaN;
  return selection.smallerIsBetter ? -value : value;
}

/** All metrics on test. */
export function testMetrics({ experiment, dataset }: Session, scorer: Scorer): Promise<Record<string, number>> {
  const { metrics, config } = experiment;
  return evaluate(scorer, dataset.test, metrics, { maskSeen: config.evaluation.maskSeen, vocabularySize: dataset.vocabulary.length });
}

/** A number as it is shown while a run goes on. */
export const short = (value: number): string => value.toPrecision(4);
