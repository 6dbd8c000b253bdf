/** Texts of the three splits. */
export interface Corpus {
  /** Documents in their order. */
  readonly train: readonly string[];
  readonly validation: readonly string[];
  readonly test: readonly string[];
}

/** Where a corpus came from. */
export interface CorpusSource {
  /** The dataset's id. */
  readonly id: string;
  /** What messages call the source: a path. */
  readonly path: string;
  /** What the protocol calls it: `WikiText-2`. */
  readonly name: string;
  /** How the protocol calls the split: `the published split`. */
  readonly split: string;
  /** What a user can do about a split without text. */
  readonly splitHint: string;
  /** True where white space separates tokens and each line has an end of its own. */
  readonly isPretokenized: boolean;
  /** Terms under which the text may be used. */
  readonly licence?: string | undefined;
}
