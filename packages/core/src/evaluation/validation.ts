import type { EvaluationCase } from '../data/dataset.js';
import type { Engine, EngineTensor } from '../engine/engine.js';
import { type ProgramUse, useOf } from '../estimate/work.js';
import type { TracedModel } from '../model/traced-model.js';
import { type EvaluationContext, evaluateScorer, listLengthOf, type Scorer } from './evaluate.js';
import { type Metric, scoreOf } from './metric.js';
import { ModelScorer, type ScoringOptions, scoringWork } from './model-scorer.js';

/** How models are judged: the same for every model of an experiment. */
export interface EvaluationProtocol {
  /** Windows that are scored at once, at most. */
  readonly batchSize: number;
  /** Longest input, in tokens. */
  readonly length: number;
  /** Leave out candidates that the sequence already holds before the target. */
  readonly maskSeen: boolean;
  readonly context: EvaluationContext;
}

const scoringOptions = ({ batchSize, length, maskSeen, context }: EvaluationProtocol, metrics: readonly Metric[]): ScoringOptions => ({
  ...{ batchSize, length, maskSeen },
  vocabularySize: context.vocabularySize,
  listLength: listLengthOf(metrics),
});

/** Compiles the scoring half of an evaluation. */
export function compileScorer(
  engine: Engine,
  model: TracedModel,
  protocol: EvaluationProtocol,
  cases: readonly EvaluationCase[],
  metrics: readonly Metric[],
): Promise<ModelScorer> {
  return ModelScorer.compile(engine, model, scoringOptions(protocol, metrics), cases);
}

/**
 * What it takes to evaluate models.
 *
 * @param what - as in `evaluation`
 */
export function scoringUse(
  what: string,
  model: TracedModel,
  protocol: EvaluationProtocol,
  cases: readonly EvaluationCase[],
  metrics: readonly Metric[],
): ProgramUse {
  const { program, runs } = scoringWork(model, scoringOptions(protocol, metrics), cases);
  return useOf(what, program, runs, ['evaluation.batchSize', 'maxLength', 'sizes of the model']);
}

/** What models are chosen by. */
export interface ValidationCriterion {
  readonly cases: readonly EvaluationCase[];
  readonly metric: Metric;
  readonly protocol: EvaluationProtocol;
}

/** The value of a metric on validation cases, turned so that larger is better. */
async function validationScore(scorer: Scorer, { cases, metric, protocol }: ValidationCriterion): Promise<number> {
  const values = await evaluateScorer(scorer, cases, [metric], protocol.context);
  return scoreOf(metric, values[metric.key] ?? Number.NaN);
}

/** Scores models of one architecture on validation. */
export class Validation {
  private constructor(
    readonly criterion: ValidationCriterion,
    private readonly scorer: ModelScorer,
  ) {}

  static async compile(engine: Engine, model: TracedModel, criterion: ValidationCriterion): Promise<Validation> {
    return new Validation(criterion, await compileScorer(engine, model, criterion.protocol, criterion.cases, [criterion.metric]));
  }

  /** Score of flat weights, which stay the caller's; larger is better. */
  score(weights: EngineTensor): Promise<number> {
    return validationScore(this.scorer.scorer(weights), this.criterion);
  }

  dispose(): Promise<void> {
    return this.scorer.dispose();
  }
}
