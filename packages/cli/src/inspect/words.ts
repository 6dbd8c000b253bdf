import { type FinishedRun, type Registry, type SyntheticPackage, type Tokenizer, tokenizerOf } from '@farzi/core';
import { printable } from '../printable.js';

/** How tokens are written for a person. */
export interface Words {
  /** One token by itself. */
  name(token: number): string;
  /** A whole sequence. */
  text(tokens: readonly number[]): string;
}

/** The words of a run's tokens. Only a text needs its dataset's plugin to be read: the tokenizer is the dataset's. */
export function wordsOf(run: FinishedRun, registry: Registry): Words {
  const tokenizer = tokenizerOf(run, registry);
  return tokenizer === undefined ? itemWords(run.synthetic) : textWords(run.synthetic, tokenizer);
}

/** The words of a text, in quotes where they stand alone: some are blanks or line breaks. */
export function textWords({ vocabulary }: SyntheticPackage, tokenizer: Tokenizer): Words {
  return {
    name: (token) => printable(JSON.stringify(vocabulary[token] ?? '')),
    text: (tokens) => printable(tokenizer.decode(tokens)),
  };
}

/** The titles of items where the dataset has them, else their original names; in a sequence, one after the other. */
export function itemWords({ vocabulary, titles }: SyntheticPackage): Words {
  const name = (token: number): string => printable(titles?.[token] ?? vocabulary[token] ?? '').replaceAll('\n', ' ');
  return { name, text: (tokens) => tokens.map(name).join(' > ') };
}
