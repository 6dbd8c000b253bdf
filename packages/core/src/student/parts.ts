import type { ConfiguredModel } from '../model/definition.js';
import type { TrainingProgress } from '../training/train.js';

/** How a student came about. */
export interface TrainingFacts {
  readonly learningRate: number;
  /** Steps after which the student's weights were reached. */
  readonly steps: number;
  /** Seconds of training, without validation. */
  readonly seconds: number;
  /** Best score on validation, larger is better; NaN without validation. */
  readonly score: number;
  readonly history: TrainingProgress['history'];
  /** Whether training stopped because it diverged; the student has the best weights before that. */
  readonly diverged: boolean;
}

/** What a student is made of. */
export interface StudentParts {
  readonly model: ConfiguredModel;
  /** Flat, in the order of the model's layout. */
  readonly weights: Float32Array;
  /** Name of every token. */
  readonly vocabulary: readonly string[];
  readonly titles?: readonly string[];
  /** Longest input, in tokens. */
  readonly maxLength: number;
  /** There for a student that was trained in this process. */
  readonly training?: TrainingFacts;
}
