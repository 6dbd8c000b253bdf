import type { Task } from '../data/task.js';
import type { ConfiguredCodec } from '../storage/codec.js';
import type { SyntheticData, TrainingRecipe } from './synthetic.js';

/** Where synthetic data came from. */
export interface Provenance {
  readonly dataset: string;
  /** Files of earlier versions do not say it, nor the fields below that may be missing. */
  readonly task?: Task;
  /** SHA-256 of all that the dataset held. */
  readonly digest?: string;
  /** Under which terms the source data may be used, where the dataset says so. */
  readonly licence?: string;
  readonly protocol: string;
  readonly seed: number;
  readonly model: string;
  /** Outer steps behind it, 0 for an initialisation. */
  readonly outerSteps: number;
  /** How students were trained best on it, where distillation validated any. */
  readonly recipe?: TrainingRecipe;
  /** Version of this package that made it. */
  readonly core?: string;
}

/** The names behind token ids. */
export interface Names {
  /** Original name of every token. */
  readonly vocabulary: readonly string[];
  readonly titles?: readonly string[];
  /** What the dataset's definition needs to make its tokenizer again, for texts. */
  readonly tokenizer?: unknown;
}

/** Synthetic data with what is needed to read them without the dataset. */
export interface SyntheticPackage extends Names {
  readonly data: SyntheticData;
  /** How latents and decoder are stored: `entropy` by default. */
  readonly storage?: ConfiguredCodec;
  readonly provenance: Provenance;
}
