import type { Tokenizer } from '../data/dataset.js';
import { FarziError } from '../errors.js';

/** A prompt as a student reads it. */
export interface Prompt {
  readonly tokens: Int32Array;
  /** How many of the tokens stand for something that is not in the vocabulary. */
  readonly unknown: number;
}

/**
 * Cuts a prompt into tokens.
 *
 * @throws FARZI_PROMPT when it has none, or none that the vocabulary knows
 */
export function readPrompt(text: string, tokenizer: Tokenizer): Prompt {
  const tokens = tokenizer.encode(text);
  if (tokens.length === 0) throw new FarziError('FARZI_PROMPT', 'The prompt is empty.', { hint: 'Give at least one word to go on from.' });
  const unknown = tokens.filter((token) => token === tokenizer.unknown).length;
  if (unknown === tokens.length) {
    throw new FarziError('FARZI_PROMPT', `Nothing of the prompt ${JSON.stringify(text)} is in the vocabulary.`, {
      hint: 'Use words that occur in the training text, and mind capitals and spelling.',
    });
  }
  return { tokens, unknown };
}
