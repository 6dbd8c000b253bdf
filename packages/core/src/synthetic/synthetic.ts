/**
 * How synthetic sequences enter a learner: as distributions (the paper's), or as real token ids with only the targets
 * learned.
 */
export type SyntheticInputs = 'soft' | 'hard';

/** The sizes of synthetic data. */
export interface SyntheticShape {
  readonly sequences: number;
  /** Inputs (and targets) per sequence. */
  readonly length: number;
  readonly rank: number;
  readonly vocabularySize: number;
  readonly temperature: number;
  /** What logits of students and of targets are divided by where the two are compared: 1 for what they are. */
  readonly matchingTemperature: number;
  readonly inputs: SyntheticInputs;
}

/** Synthetic data: latents and a decoder, and for hard inputs the token ids that are read. */
export interface SyntheticData extends SyntheticShape {
  /**
   * `[sequences, positions, rank]`: `length + 1` positions for soft inputs (tokens), `length` for hard ones (targets).
   */
  readonly latents: Float32Array;
  /** `[rank, vocabulary]` */
  readonly decoder: Float32Array;
  /** `[sequences, length]`, 1 where a target counts. */
  readonly weights: Float32Array;
  /** `[sequences, length]`, hard inputs only. */
  readonly ids?: Int32Array;
}

/** The sizes of some data, without the data. */
export function shapeOf({
  sequences,
  length,
  rank,
  vocabularySize,
  temperature,
  matchingTemperature,
  inputs,
}: SyntheticShape): SyntheticShape {
  return { sequences, length, rank, vocabularySize, temperature, matchingTemperature, inputs };
}

/** Positions per sequence that have latents of their own. */
export function latentPositions({ inputs, length }: Pick<SyntheticData, 'inputs' | 'length'>): number {
  return inputs === 'soft' ? length + 1 : length;
}

/**
 * Numbers that synthetic data store: latents, decoder, and ids where there are any. Weights are derived from lengths
 * and not counted.
 */
export function storedNumbers(data: SyntheticData): number {
  return data.latents.length + data.decoder.length + (data.ids?.length ?? 0);
}

/** How students were trained best on synthetic data: what to do where nothing can be validated. */
export interface TrainingRecipe {
  readonly learningRate: number;
  readonly steps: number;
}
