/** Stands for everything that is not in the vocabulary. */
export const unknownSymbol = '<unk>';

/** Stands for the end of a line of a pre-tokenized corpus, or of a paragraph of raw text. */
export const endSymbol = '<eos>';
