import type { Corpus } from './corpus.js';

/** How much of a text is held out. */
export interface HeldOut {
  readonly validationFraction: number;
  readonly testFraction: number;
}

/** How far a cut may move in order not to divide a word. */
const reach = 100;

/**
 * Splits documents by position: the last part of all characters is for test, the part before it for validation, the
 * rest for training. A document in which a cut falls is divided.
 */
export function splitByPosition(documents: readonly string[], { validationFraction, testFraction }: HeldOut): Corpus {
  const total = lengthOf(documents);
  const [train, held] = cutAt(documents, Math.floor(total * (1 - validationFraction - testFraction)));
  const [validation, test] = cutAt(held, Math.floor(total * (1 - testFraction)) - lengthOf(train));
  return { train, validation, test };
}

function lengthOf(documents: readonly string[]): number {
  return documents.reduce((sum, { length }) => sum + length, 0);
}

/** The documents before and after a position; empty ones are dropped. */
function cutAt(documents: readonly string[], position: number): readonly [string[], string[]] {
  const before: string[] = [];
  const after: string[] = [];
  let start = 0;
  for (const document of documents) {
    const cut = wholeWords(document, Math.min(Math.max(position - start, 0), document.length));
    if (cut > 0) before.push(document.slice(0, cut));
    if (cut < document.length) after.push(document.slice(cut));
    start += document.length;
  }
  return [before, after];
}

/**
 * The first place at or after `position` behind white space; `position` itself where none is near, as in languages
 * without blanks.
 */
function wholeWords(text: string, position: number): number {
  if (position === 0 || position === text.length) return position;
  const blank = text.slice(position - 1, position + reach).search(/\s/);
  if (blank !== -1) return position + blank;
  const isInsideCharacter = /[\uDC00-\uDFFF]/.test(text.charAt(position));
  return isInsideCharacter ? position + 1 : position;
}

/** What the protocol calls such a split. */
export function describeHeldOut({ validationFraction, testFraction }: HeldOut): string {
  const percent = (fraction: number): string => `${Number((100 * fraction).toFixed(2))}%`;
  return `split by position, the last ${percent(testFraction)} of the characters for test and the ${percent(validationFraction)} before for validation, whole words`;
}
