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

/** What makes the tokenizer of a text again, without the text. */
export interface SavedTokenizer {
  /** Id of the dataset whose definition makes it. */
  readonly dataset: string;
  /** What the definition needs for that, besides the vocabulary: JSON. */
  readonly saved: unknown;
}

/** What tokens stand for. */
export interface TokenNames {
  /** Name of every token. */
  readonly vocabulary: readonly string[];
  readonly titles?: readonly string[];
  /** For texts whose dataset has a tokenizer. */
  readonly tokenizer?: SavedTokenizer;
}

/** The names of the tokens of something that has more. */
export function tokenNames({
  vocabulary,
  titles,
  tokenizer,
}: {
  readonly [Key in keyof TokenNames]: TokenNames[Key] | undefined;
} & Pick<TokenNames, 'vocabulary'>): TokenNames {
  return { vocabulary, ...(titles === undefined ? {} : { titles }), ...(tokenizer === undefined ? {} : { tokenizer }) };
}

/** What a student is made of. */
export interface StudentParts extends TokenNames {
  readonly model: ConfiguredModel;
  /** Flat, in the order of the model's layout. */
  readonly weights: Float32Array;
  /** Longest input, in tokens. */
  readonly maxLength: number;
  /** There for a student that was trained in this process. */
  readonly training?: TrainingFacts;
}
