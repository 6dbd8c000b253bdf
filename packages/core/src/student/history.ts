import { distance } from 'fastest-levenshtein';
import { FarziError } from '../errors.js';
import type { TokenNames } from './parts.js';

/** Names that a message proposes, at most. */
const MOST_PROPOSED = 5;

/**
 * Reads a history as people write it: names of the vocabulary or titles in any case, with commas between them. What
 * holds commas itself, such as `Lion King, The (1994)`, is found whole.
 *
 * @returns token ids
 * @throws FARZI_HISTORY for what is not known, with what is near to it, and for a title of several items
 */
export function readHistory(text: string, names: TokenNames): number[] {
  return new HistoryReader(names).read(text);
}

class HistoryReader {
  readonly #names: ReadonlyMap<string, number>;
  readonly #titles = new Map<string, number[]>();
  /** Pieces between commas that a name or a title has, at most. */
  readonly #mostPieces: number;
  readonly #shown: readonly string[];

  constructor({ vocabulary, titles = [] }: TokenNames) {
    this.#names = new Map(vocabulary.map((name, token) => [name, token]));
    for (const [token, title] of titles.entries()) this.#titles.set(folded(title), [...(this.#titles.get(folded(title)) ?? []), token]);
    this.#mostPieces = [...vocabulary, ...titles].reduce((most, name) => Math.max(most, name.split(',').length), 1);
    this.#shown = titles.length > 0 ? titles : vocabulary;
  }

  read(text: string): number[] {
    if (text.trim() === '') throw refusal('The history is empty.', 'Give at least one item to go on from, as in --history "a,b,c".');
    const pieces = text.split(',');
    const tokens: number[] = [];
    let from = 0;
    while (from < pieces.length) {
      const { token, end } = this.#longestAt(pieces, from);
      tokens.push(token);
      from = end;
    }
    return tokens;
  }

  /** The name or title of the most pieces that begins at some piece. */
  #longestAt(pieces: readonly string[], from: number): { token: number; end: number } {
    for (let end = Math.min(pieces.length, from + this.#mostPieces); end > from; end--) {
      const token = this.#find(pieces.slice(from, end).join(',').trim());
      if (token !== undefined) return { token, end };
    }
    throw this.#unknown((pieces[from] ?? '').trim());
  }

  #find(text: string): number | undefined {
    const named = this.#names.get(text);
    if (named !== undefined) return named;
    const [token, ...more] = this.#titles.get(folded(text)) ?? [];
    if (more.length === 0) return token;
    const names = [...this.#names].filter(([, each]) => each === token || more.includes(each)).map(([name]) => name);
    throw refusal(
      `The history holds ${JSON.stringify(text)}, which is the title of ${names.length} items.`,
      `Give the name of one of them instead: ${names.slice(0, MOST_PROPOSED).join(', ')}.`,
    );
  }

  #unknown(text: string): FarziError {
    const known = `The student knows ${this.#names.size} tokens.`;
    const near = this.#near(text).map((name) => JSON.stringify(name));
    const hint =
      near.length === 0
        ? `${known} Give names of its vocabulary, with commas between them.`
        : `Did you mean ${near.join(' or ')}? ${known}`;
    const kinds = this.#titles.size > 0 ? 'neither a name nor a title' : 'no name';
    return refusal(`The history holds ${JSON.stringify(text)}, which is ${kinds} in the student's vocabulary.`, hint);
  }

  /** What holds the text, or else what is spelled most like it. */
  #near(text: string): string[] {
    if (text === '') return [];
    const wanted = folded(text);
    const holding = this.#shown.filter((name) => folded(name).includes(wanted));
    if (holding.length > 0) return holding.slice(0, MOST_PROPOSED);
    const far = Math.max(2, wanted.length / 2);
    return this.#shown
      .map((name) => ({ name, away: distance(folded(name), wanted) }))
      .filter(({ away }) => away <= far)
      .sort((a, b) => a.away - b.away)
      .slice(0, MOST_PROPOSED)
      .map(({ name }) => name);
  }
}

const folded = (text: string): string => text.trim().toLowerCase();

const refusal = (message: string, hint: string): FarziError => new FarziError('FARZI_HISTORY', message, { hint });
