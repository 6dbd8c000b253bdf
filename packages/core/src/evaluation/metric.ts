/** The outcome of predicting one target token. */
export interface Observation {
  /** 1-based rank of the target among all candidates, ties counted as half; 1 is best. */
  readonly rank: number;
  /** Natural logarithm of the probability that the model gave to the target. */
  readonly logProbability: number;
  /** Characters that the target stands for; NaN where the dataset does not say. */
  readonly characters: number;
}

/** Folds observations into one number. */
export interface MetricAccumulator {
  observe(observation: Observation): void;
  /** The metric over everything observed. */
  result(): number;
}

/** A metric whose cutoff, if it has one, is settled: `hr@10`. */
export interface Metric {
  /** The key in reports: `hr@10`, `mrr`, `perplexity`. */
  readonly key: string;
  /** True for perplexity, where less is better. */
  readonly smallerIsBetter: boolean;
  /** True for bits per character: only datasets that say how many characters their tokens stand for will do. */
  readonly needsCharacters: boolean;
  start(): MetricAccumulator;
}
