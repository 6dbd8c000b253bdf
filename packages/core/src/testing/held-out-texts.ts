import type { Dataset, EvaluationCase } from '../data/dataset.js';
import { check } from './assert.js';

/** A passage that two texts share by chance is shorter than this, in tokens and in characters. */
const PASSAGE_TOKENS = 20;
const PASSAGE_CHARACTERS = 200;

/** A passage with fewer distinct tokens repeats itself: a table, a row of dots. */
const DISTINCT = 10;

/** Training texts are looked up by blocks of this size: every passage holds a whole one. */
const BLOCK = PASSAGE_TOKENS / 2;

/** Places of one block that are looked at. */
const PLACES = 16;

const keyAt = (tokens: Int32Array, from: number): string => tokens.subarray(from, from + BLOCK).join();

interface Place {
  readonly text: Int32Array;
  readonly from: number;
}

/**
 * Share of a case, and of all cases of a split, that may stand in training texts: notices and headings do in any
 * collection.
 */
const MOST_OF_A_CASE = 0.5;
const MOST_OF_A_SPLIT = 0.02;

/**
 * Refuses data whose training texts hold texts of validation or test: more than half of a case's targets, or a fiftieth
 * of a split's, stand in training texts word for word, in passages of 20 targets or more that have 200 characters or
 * more (so that a saying or a line of a song is none) and 10 distinct tokens or more. How many characters a token has
 * is read from `characters`, or else from its name.
 */
export function checkHeldOutTexts({ id, vocabulary, characters, train, validation, test }: Dataset): void {
  const blocks = blocksOf(train);
  const sizes = characters ?? vocabulary.map(({ length }) => length);
  for (const [split, cases] of Object.entries({ validation, test })) {
    let [known, targets] = [0, 0];
    let example: Int32Array = new Int32Array();
    for (const [index, each] of cases.entries()) {
      const own = each.tokens.length - each.firstTarget;
      const passages = passagesOf(each, blocks).filter((passage) => isTelling(passage, sizes));
      const found = passages.reduce((sum, { length }) => sum + length, 0);
      const [longest = new Int32Array()] = passages.sort((a, b) => b.length - a.length);
      check(
        found <= MOST_OF_A_CASE * own,
        `${id}: Training texts hold ${found} of ${own} targets of ${split} case ${index}, as in ${beginning(longest, vocabulary)}.`,
      );
      [known, targets] = [known + found, targets + own];
      if (longest.length > example.length) example = longest;
    }
    check(
      known <= MOST_OF_A_SPLIT * targets,
      `${id}: Training texts hold ${known} of ${targets} targets of ${split}, as in ${beginning(example, vocabulary)}.`,
    );
  }
}

function isTelling(passage: Int32Array, sizes: readonly number[]): boolean {
  const size = passage.reduce((sum, token) => sum + (sizes[token] as number), 0);
  return passage.length >= PASSAGE_TOKENS && size >= PASSAGE_CHARACTERS && new Set(passage).size >= DISTINCT;
}

/** The longest passages that a case shares with training texts, one after another. */
function passagesOf({ tokens, firstTarget }: EvaluationCase, blocks: ReadonlyMap<string, readonly Place[]>): Int32Array[] {
  const passages: Int32Array[] = [];
  let from = firstTarget;
  for (let at = firstTarget; at + BLOCK <= tokens.length; at++) {
    const shared = (blocks.get(keyAt(tokens, at)) ?? []).map((place) => sharedPassage(tokens, from, at, place));
    const [longest] = shared.sort((a, b) => b.length - a.length);
    if (longest === undefined || longest.length < PASSAGE_TOKENS) continue;
    passages.push(longest);
    from = (longest.byteOffset - tokens.byteOffset) / tokens.BYTES_PER_ELEMENT + longest.length;
    at = from - 1;
  }
  return passages;
}

/** Where blocks of training texts stand. */
function blocksOf(texts: readonly Int32Array[]): ReadonlyMap<string, readonly Place[]> {
  const blocks = new Map<string, Place[]>();
  for (const text of texts) {
    for (let from = 0; from + BLOCK <= text.length; from += BLOCK) {
      const key = keyAt(text, from);
      const places = blocks.get(key) ?? [];
      if (places.length < PLACES) places.push({ text, from });
      blocks.set(key, places);
    }
  }
  return blocks;
}

/** The longest run of targets around `at`, from `earliest` on, that also stands around a place of a training text. */
function sharedPassage(tokens: Int32Array, earliest: number, at: number, { text, from }: Place): Int32Array {
  let [before, after] = [0, BLOCK];
  while (at - before > earliest && from - before > 0 && tokens[at - before - 1] === text[from - before - 1]) before++;
  while (at + after < tokens.length && from + after < text.length && tokens[at + after] === text[from + after]) after++;
  return tokens.subarray(at - before, at + after);
}

const beginning = (passage: Int32Array, vocabulary: readonly string[]): string =>
  `${Array.from(passage.subarray(0, 5), (token) => JSON.stringify(vocabulary[token])).join(' ')} ...`;
