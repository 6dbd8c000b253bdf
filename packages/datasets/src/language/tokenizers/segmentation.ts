/** How text is cut into symbols and put together again; which symbols have an id is the vocabulary's matter. */
export interface Segmentation {
  /** What the protocol says of it: `words split at white space, <eos> after each line`. */
  readonly description: string;
  /** True where `<eos>` marks ends. */
  readonly marksEnds: boolean;
  /**
   * Puts a whole document into the form in which its last line or paragraph has an end too. Other texts, a prompt say,
   * are cut as they are.
   */
  complete(document: string): string;
  cut(text: string): Iterable<string>;
  /** The text that symbols stand for: undoes {@link cut} as far as it can be undone. */
  join(symbols: readonly string[]): string;
  /**
   * Characters (Unicode code points) that a symbol stands for, such that they add up to those of the text; only where
   * nothing of a text is lost.
   */
  readonly charactersOf?: (symbol: string) => number;
}

/** Unicode's sign for what cannot be shown; one character, as `<unk>` is where text is cut into characters. */
export const replacementCharacter = '\uFFFD';
