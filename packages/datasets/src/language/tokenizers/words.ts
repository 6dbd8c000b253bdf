import { endSymbol } from '../symbols.js';
import { joinWords } from './join.js';
import type { Segmentation } from './segmentation.js';

// A fixed locale: the machine's must not change the tokens. Languages without blanks are cut by dictionary whatever the
// locale.
const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

const paragraphBreak = '\n\n';

/**
 * What is segmented in one go. White space is a boundary anyway, and on Node 20 the time to segment a string grows with
 * the square of its length; the limit only matters to megabytes without white space.
 */
const stretch = /\S{1,1000}/gu;

/** One or more lines with nothing but blanks on them. */
const blankLines = /\n(?:[^\S\n]*\n)+/;

/** Dashes and what closes or separates: nothing comes between them and the word before. */
const closing = /^[\p{Pe}\p{Pf}\p{Pd},.;:!?…%]$/u;

/** Dashes and what opens: nothing comes between them and the word after. */
const opening = /^[\p{Ps}\p{Pi}\p{Pd}]$/u;

/**
 * Words and punctuation marks of raw text, by Unicode's rules for word boundaries (UAX #29); `<eos>` stands for the
 * blank lines between paragraphs. White space is lost, line breaks within a paragraph included.
 */
export const words: Segmentation = {
  description: 'words and punctuation marks (Unicode word boundaries, white space dropped), <eos> after each paragraph',
  marksEnds: true,
  complete: (document) => `${document}${paragraphBreak}`,
  cut: cutParagraphs,
  join: (symbols) => joinWords(symbols, paragraphBreak, (before, after) => opening.test(before) || closing.test(after)),
};

function* cutParagraphs(text: string): Generator<string> {
  // Words come again and again; segmenting each of them once takes a fraction of the time.
  const known = new Map<string, readonly string[]>();
  let isOpen = false;
  for (const paragraph of text.split(blankLines)) {
    if (isOpen) yield endSymbol;
    isOpen = false;
    for (const [run] of paragraph.matchAll(stretch)) {
      isOpen = true;
      const segments = known.get(run) ?? Array.from(segmenter.segment(run), ({ segment }) => segment);
      known.set(run, segments);
      yield* segments;
    }
  }
}
