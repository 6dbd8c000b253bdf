import { endSymbol } from '../symbols.js';
import { joinWords } from './join.js';
import type { Segmentation } from './segmentation.js';

/**
 * Words of pre-tokenized text, which white space separates; `<eos>` stands for each line break, also that of an empty
 * line.
 */
export const spaces: Segmentation = {
  description: 'words split at white space, <eos> after each line',
  marksEnds: true,
  complete: (document) => (document === '' || document.endsWith('\n') ? document : `${document}\n`),
  cut: cutLines,
  // Pre-tokenized text has blanks before its punctuation too, so this undoes the cut up to the width of blanks.
  join: (symbols) => joinWords(symbols, '\n', () => false),
};

function* cutLines(text: string): Generator<string> {
  let isFirst = true;
  for (const line of text.split('\n')) {
    if (!isFirst) yield endSymbol;
    isFirst = false;
    for (const word of line.split(/\s+/)) if (word !== '') yield word;
  }
}
