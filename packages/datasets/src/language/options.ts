import type { SegmentationName } from './tokenizers/tokenizer.js';
import type { VocabularyLimits } from './vocabulary.js';

/** Ways to cut a text that a user can choose from. */
const tokenizers = ['word', 'character', 'subword'] as const;

/** One of {@link tokenizers}. */
export type TokenizerChoice = (typeof tokenizers)[number];

/** Options of every language dataset. */
export interface TextOptions extends VocabularyLimits {
  readonly tokenizer: TokenizerChoice;
  readonly lowercase: boolean;
}

const tokenizer = {
  type: 'string',
  enum: tokenizers,
  description:
    "How text is cut into tokens. word: words and punctuation marks, or whatever white space separates in corpora that are pre-tokenized. character: Unicode code points. subword: byte-pair encoding with GPT-2's merges.",
} as const;

const limits = {
  lowercase: { type: 'boolean', default: false, description: 'Lower-case the text first. Default: false.' },
  minimumCount: {
    type: 'integer',
    minimum: 1,
    default: 1,
    description: 'Tokens that occur less often in the training text become <unk>. Default: 1, which keeps every token.',
  },
  maximumVocabulary: {
    type: 'integer',
    minimum: 4,
    description:
      'Keep the most frequent tokens only, this many with <unk> and, where there is one, <eos>; the others become <unk>. Default: no limit.',
  },
} as const;

/** Schema of the options of {@link TextOptions}; words by default. */
export const wordProperties = { tokenizer: { ...tokenizer, default: 'word' }, ...limits } as const;

/** The same; characters by default. */
export const characterProperties = { tokenizer: { ...tokenizer, default: 'character' }, ...limits } as const;

/** What a choice means for a corpus. */
export function segmentationFor(choice: TokenizerChoice, isPretokenized: boolean): SegmentationName {
  switch (choice) {
    case 'word':
      return isPretokenized ? 'spaces' : 'words';
    case 'character':
      return 'characters';
    case 'subword':
      return 'subwords';
  }
}
