import type { OptionsSchema } from '../options/schema.js';
import type { Task } from './task.js';

/**
 * One sequence to score a model on: every token from index `firstTarget` on is predicted from the tokens before it (the
 * last `maxLength` of them). Leave-one-out has one target, the last token; a language window has all but the first.
 */
export interface EvaluationCase {
  readonly tokens: Int32Array;
  readonly firstTarget: number;
}

/** Text to token ids and back. */
export interface Tokenizer {
  /** Token ids of a text; what is not in the vocabulary becomes {@link unknown}. */
  encode(text: string): Int32Array;
  /** The text that tokens stand for. */
  decode(tokens: ArrayLike<number>): string;
  /** Id of the token that stands for everything unknown. */
  readonly unknown: number;
  /** What the dataset's definition needs, besides the vocabulary, to make this tokenizer again: JSON. */
  readonly saved: unknown;
}

/**
 * Event sequences as token ids `0 .. vocabulary.length - 1`. There is no padding token: masks mark padded positions.
 */
export interface Dataset {
  readonly id: string;
  readonly task: Task;
  /** Original name of every token, by token id. */
  readonly vocabulary: readonly string[];
  /** Human-readable title of every token, by token id, where the source has one. */
  readonly titles?: readonly string[];
  /** Language: how text becomes tokens. */
  readonly tokenizer?: Tokenizer;
  /**
   * Language: characters that each token stands for, by token id, 0 for what is unknown; only where tokens keep all
   * characters of a text. Needed for bits per character.
   */
  readonly characters?: readonly number[];
  /** Under which terms the data may be used, where that is known: it goes with what is distilled from them. */
  readonly licence?: string;
  /** Training sequences in time order: a user's items, a document's tokens. */
  readonly train: readonly Int32Array[];
  readonly validation: readonly EvaluationCase[];
  readonly test: readonly EvaluationCase[];
  /** Users or training documents after filtering. */
  readonly sequences: number;
  /** What synthetic data are measured against: events of all users, or tokens of the training split. */
  readonly events: number;
  /** One sentence that says how the data were filtered, ordered and split; printed next to every number. */
  readonly protocol: string;
}

/** What a dataset may use to load itself. */
export interface DatasetContext {
  /** Folders that may already hold the source files (`--data-dir`, then `FARZI_DATA_HOME`), most specific first. */
  readonly dataDirectories: readonly string[];
  /** Folder of the configuration file: relative paths in it start here. */
  readonly configDirectory: string;
  /** Aborts downloads and parsing. */
  readonly signal?: AbortSignal;
  /** Called with a short text while something long happens. */
  readonly progress: (message: string) => void;
}

/** A source of event sequences. */
export interface DatasetDefinition<Options = never> {
  readonly id: string;
  readonly task: Task;
  readonly schema: OptionsSchema;
  load(options: Options, context: DatasetContext): Promise<Dataset>;
  /**
   * Makes the tokenizer of a dataset again, without its files: from what it {@link Tokenizer.saved} and from the
   * vocabulary.
   */
  readonly restoreTokenizer?: (saved: unknown, vocabulary: readonly string[]) => Tokenizer;
}
