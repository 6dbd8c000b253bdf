import { FarziError, type Tokenizer } from '@farzi/core';
import { unknownSymbol } from '../symbols.js';
import { characters } from './characters.js';
import type { Segmentation } from './segmentation.js';
import { spaces } from './spaces.js';
import { subwords } from './subwords.js';
import { words } from './words.js';

const segmentations = { characters, spaces, subwords, words } as const satisfies Readonly<Record<string, Segmentation>>;

/** Names a way of cutting text. `words` is for raw text, `spaces` for text that was cut into words before. */
export type SegmentationName = keyof typeof segmentations;

/** What a tokenizer is, besides its vocabulary: JSON. */
export interface TokenizerSettings {
  readonly segmentation: SegmentationName;
  readonly lowercase: boolean;
}

/** The way of cutting text that settings stand for. */
export function segmentationOf({ segmentation, lowercase }: TokenizerSettings): Segmentation {
  const chosen: Segmentation = segmentations[segmentation];
  if (!lowercase) return chosen;
  return { ...chosen, description: `lower-cased ${chosen.description}`, cut: (text) => chosen.cut(text.toLowerCase()) };
}

/** The tokenizer of a vocabulary, which must hold `<unk>`. */
export function makeTokenizer(settings: TokenizerSettings, vocabulary: readonly string[]): Tokenizer {
  const { cut, join } = segmentationOf(settings);
  const ids = new Map(vocabulary.map((symbol, id) => [symbol, id]));
  const unknown = ids.get(unknownSymbol);
  if (unknown === undefined) throw notATokenizer(`its vocabulary of ${vocabulary.length} tokens has no ${unknownSymbol}`);
  return {
    encode: (text) => Int32Array.from(cut(text), (symbol) => ids.get(symbol) ?? unknown),
    decode: (tokens) => join(Array.from(tokens, (token) => vocabulary[token] ?? unknownSymbol)),
    unknown,
    saved: settings,
  };
}

/**
 * Makes a tokenizer of any dataset of this package again.
 * @throws FARZI_RUN_INCOMPLETE
 */
export function restoreTokenizer(saved: unknown, vocabulary: readonly string[]): Tokenizer {
  if (!isSettings(saved)) throw notATokenizer(`its settings are ${JSON.stringify(saved) ?? 'missing'}`);
  return makeTokenizer(saved, vocabulary);
}

function isSettings(saved: unknown): saved is TokenizerSettings {
  if (typeof saved !== 'object' || saved === null || !('segmentation' in saved) || !('lowercase' in saved)) return false;
  return typeof saved.segmentation === 'string' && Object.hasOwn(segmentations, saved.segmentation) && typeof saved.lowercase === 'boolean';
}

function notATokenizer(reason: string): FarziError {
  return new FarziError('FARZI_RUN_INCOMPLETE', `Cannot make the tokenizer of a run again: ${reason}.`, {
    hint: 'The run was altered, or made by another version of @farzi/datasets: run the experiment again.',
  });
}
