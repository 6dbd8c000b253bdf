import { checkCases } from '../data/check.js';
import type { EvaluationCase } from '../data/dataset.js';
import { type EngineInput, withEngine } from '../engine/with-engine.js';
import { FarziError } from '../errors.js';
import { evaluateScorer } from '../evaluation/evaluate.js';
import { metricFrom, type MetricInput } from '../evaluation/metrics/index.js';
import { type EvaluationInput, evaluationSettings } from '../evaluation/settings.js';
import { compileScorer } from '../evaluation/validation.js';
import type { Student } from './student.js';

/** Which student to evaluate, and how. */
export interface EvaluateRequest extends EngineInput, Pick<EvaluationInput, 'maskSeen' | 'batchSize'> {
  readonly student: Student;
  /** Token ids of the student's vocabulary; `leaveOneOut` makes them from sequences. */
  readonly cases: readonly EvaluationCase[];
  /** `ndcg@10` for a built-in metric, or one made with `metricOf`. */
  readonly metrics: readonly MetricInput[];
  /** How often each token occurs in the training data, for metrics that ask for it. */
  readonly occurrences?: Float64Array;
  /** Characters that each token stands for, for metrics that count them. */
  readonly characters?: readonly number[];
}

/**
 * Evaluates a student on some cases.
 *
 * @returns values by metric key
 * @throws FARZI_CONTRIBUTION_UNKNOWN, FARZI_CONFIG_INVALID for metrics that do not exist or do not fit;
 *   FARZI_DATA_INVALID for cases that do not fit the student
 */
export async function evaluate(request: EvaluateRequest): Promise<Record<string, number>> {
  const { student, cases, characters } = request;
  const { task } = student.model.definition;
  const metrics = request.metrics.map(metricFrom);
  const { maskSeen, batchSize } = evaluationSettings(request, task);
  const vocabularySize = student.vocabulary.length;
  const wrong = metrics.find(({ tasks }) => !tasks.includes(task));
  if (wrong !== undefined)
    throw new FarziError('FARZI_CONFIG_INVALID', `The metric "${wrong.key}" is for ${wrong.tasks.join(' and ')}, not for ${task}.`);
  for (const need of ['occurrences', 'characters'] as const) {
    const needy = metrics.find(({ needs }) => needs.includes(need));
    const hint = `Give ${need}, one number for each token.`;
    const count = request[need]?.length;
    if (needy !== undefined && count === undefined)
      throw new FarziError('FARZI_CONFIG_INVALID', `The metric "${needy.key}" needs ${need}.`, { hint });
    if (count !== undefined && count !== vocabularySize)
      throw new FarziError('FARZI_DATA_INVALID', `There are ${count} ${need} for ${vocabularySize} tokens.`, { hint });
  }
  checkCases(cases, vocabularySize);
  const context = {
    vocabularySize,
    occurrences: request.occurrences ?? new Float64Array(vocabularySize),
    ...(characters === undefined ? {} : { characters }),
  };
  const protocol = { batchSize, maskSeen, length: student.maxLength, context };
  return withEngine(request, async (engine) => {
    const scorer = await compileScorer(engine, student.traced(), protocol, cases, metrics);
    const weights = engine.upload(student.weights, [student.weights.length]);
    try {
      return await evaluateScorer(scorer.scorer(weights), cases, metrics, context);
    } finally {
      weights.dispose();
      await scorer.dispose();
    }
  });
}
