import type { EvaluationCase } from '../data/dataset.js';
import type { Metric, Observation } from './metric.js';

/** One prediction to make: the target `tokens[at]`, from the tokens before it. */
export interface Prediction {
  readonly case: EvaluationCase;
  readonly at: number;
}

/** Log-probabilities of the whole vocabulary for some predictions. */
export interface ScoredPredictions {
  readonly predictions: readonly Prediction[];
  /** `[predictions, vocabulary]`, row-major; rows beyond the predictions are ignored. */
  readonly scores: Float32Array;
}

/** Scores every target of some cases, batch by batch. */
export type Scorer = (cases: readonly EvaluationCase[]) => AsyncIterable<ScoredPredictions>;

export interface EvaluationOptions {
  /** Leave out candidates that the sequence already holds before the target (the target itself stays). */
  readonly maskSeen: boolean;
  readonly vocabularySize: number;
}

/** Rank and log-probability of one target. `seen` marks candidates to leave out with the number of this prediction. */
function observe(
  scores: Float32Array,
  offset: number,
  vocabularySize: number,
  target: number,
  isOut: (token: number) => boolean,
): Observation {
  const own = scores[offset + target] as number;
  let better = 0;
  let ties = 0;
  for (let token = 0; token < vocabularySize; token++) {
    const score = scores[offset + token] as number;
    if (score < own || token === target || isOut(token)) continue;
    if (score > own) better += 1;
    else ties += 1;
  }
  return { rank: 1 + better + ties / 2, logProbability: own };
}

/**
 * Evaluates metrics over all targets of all cases. Candidates are the full vocabulary; a tie counts as half a place.
 *
 * @returns values by metric key
 */
export async function evaluate(
  scorer: Scorer,
  cases: readonly EvaluationCase[],
  metrics: readonly Metric[],
  options: EvaluationOptions,
): Promise<Record<string, number>> {
  const { maskSeen, vocabularySize } = options;
  const accumulators = metrics.map((metric) => ({ key: metric.key, accumulator: metric.start() }));
  const seenBy = new Int32Array(vocabularySize);
  let number = 0;
  for await (const { predictions, scores } of scorer(cases)) {
    predictions.forEach(({ case: { tokens }, at }, row) => {
      number += 1;
      if (maskSeen) for (let before = 0; before < at; before++) seenBy[tokens[before] as number] = number;
      const observation = observe(scores, row * vocabularySize, vocabularySize, tokens[at] as number, (token) => seenBy[token] === number);
      for (const { accumulator } of accumulators) accumulator.observe(observation);
    });
  }
  return Object.fromEntries(accumulators.map(({ key, accumulator }) => [key, accumulator.result()]));
}
