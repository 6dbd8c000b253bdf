/** Texts of the three splits. */
export interface Corpus {
  /** Documents in their order. */
  readonly train: readonly string[];
  readonly validation: readonly string[];
  readonly test: readonly string[];
}
