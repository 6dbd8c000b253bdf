import { FarziError } from '../errors.js';
import type { Dataset, EvaluationCase } from './dataset.js';
import { checkData } from './check.js';
import type { Task } from './task.js';

/** Sequences in time order: token ids, or names that are numbered in the order of their frequency. */
export type SequenceInput = Iterable<ArrayLike<number> | readonly string[]>;

/** Data as a program has them: a dataset, or sequences in memory. */
export type DataInput =
  | { readonly dataset: Dataset; readonly sequences?: never; readonly validation?: never; readonly vocabulary?: never }
  | {
      readonly dataset?: never;
      readonly sequences: SequenceInput;
      /**
       * What models are chosen by. Without it the last event of each sequence is held out (of a text, its last
       * twentieth).
       */
      readonly validation?: readonly EvaluationCase[];
      /** Original name of every token, by token id; the ids themselves by default. */
      readonly vocabulary?: readonly string[];
    };

/** Inputs per sequence where nothing else is said. */
export const DEFAULT_MAX_LENGTH = 50;

/** Share of a text that is held out where no validation is given. */
const HELD_OUT_SHARE = 0.05;

/**
 * Tokens that are named by their ids, at most: larger ids are names in the form of numbers, and numbering them takes a
 * table of that size.
 */
const MOST_IDS = 2 ** 24;

/**
 * Numbers names: by their places in a vocabulary, or the most frequent first, then the first seen.
 *
 * @param known - the name of every token, where that is settled
 * @returns the sequences as token ids, and the name of every token
 * @throws FARZI_DATA_INVALID for a name that a given vocabulary does not have
 */
export function encodeSequences(
  sequences: Iterable<readonly string[]>,
  known?: readonly string[],
): { readonly sequences: Int32Array[]; readonly vocabulary: readonly string[] } {
  const all = [...sequences];
  const vocabulary = known ?? byFrequency(all);
  const ids = new Map(vocabulary.map((name, id) => [name, id]));
  const idOf = (name: string): number => {
    const id = ids.get(name);
    if (id !== undefined) return id;
    throw new FarziError('FARZI_DATA_INVALID', `A sequence holds ${JSON.stringify(name)}, which is not in the vocabulary.`, {
      hint: 'Add it to the vocabulary, or leave the vocabulary out to have all names numbered.',
    });
  };
  return { sequences: all.map((sequence) => Int32Array.from(sequence, idOf)), vocabulary };
}

function byFrequency(sequences: readonly (readonly string[])[]): string[] {
  const counts = new Map<string, number>();
  for (const sequence of sequences) for (const name of sequence) counts.set(name, (counts.get(name) ?? 0) + 1);
  // sorting is stable: equally frequent names stay in the order in which they were first seen
  return [...counts].sort(([, a], [, b]) => b - a).map(([name]) => name);
}

const areNames = (sequences: readonly (ArrayLike<number> | readonly string[])[]): sequences is (readonly string[])[] =>
  sequences.some((sequence) => typeof sequence[0] === 'string');

/**
 * Data as a dataset.
 *
 * @throws FARZI_DATA_INVALID naming what is wrong with them
 */
export function datasetOf(input: DataInput, task: Task): Dataset {
  if (input.dataset !== undefined) {
    checkData(input.dataset, task);
    return input.dataset;
  }
  const given = [...input.sequences];
  const { sequences, vocabulary } = areNames(given)
    ? encodeSequences(given, input.vocabulary)
    : numbered(given as readonly ArrayLike<number>[], input.vocabulary);
  const { train, validation } =
    input.validation === undefined ? heldOut(sequences, task) : { train: sequences, validation: input.validation };
  const dataset: Dataset = {
    id: 'in memory',
    task,
    vocabulary,
    train,
    validation,
    test: [],
    sequences: sequences.length,
    events: sequences.reduce((sum, { length }) => sum + length, 0),
    protocol: input.validation === undefined ? 'Sequences in memory; the end of each is held out for validation.' : 'Sequences in memory.',
  };
  checkData(dataset, task);
  return dataset;
}

/** Sequences of token ids, and their names: those given, or the ids themselves. */
function numbered(given: readonly ArrayLike<number>[], names?: readonly string[]): ReturnType<typeof encodeSequences> {
  const sequences = given.map(toTokens);
  return { sequences, vocabulary: names ?? Array.from({ length: largestOf(sequences) + 1 }, (_, id) => String(id)) };
}

function toTokens(sequence: ArrayLike<number>, index: number): Int32Array {
  if (sequence instanceof Int32Array) return sequence;
  const tokens = Int32Array.from(sequence);
  const wrong = tokens.findIndex((token, at) => token !== sequence[at]);
  return wrong < 0 ? tokens : notAnId(sequence[wrong], `sequence ${index}`);
}

function largestOf(sequences: readonly Int32Array[]): number {
  const largest = sequences.reduce((most, tokens) => tokens.reduce((a, b) => Math.max(a, b), most), -1);
  return largest < MOST_IDS ? largest : notAnId(largest, 'a sequence');
}

function notAnId(value: unknown, where: string): never {
  throw new FarziError('FARZI_DATA_INVALID', `The data hold ${String(value)} in ${where}, which is no token id.`, {
    hint: `Give whole numbers from 0 to ${MOST_IDS - 1}, or names as strings to have them numbered.`,
  });
}

/** Holds out the last event of every sequence, or the last part of every text. */
function heldOut(sequences: readonly Int32Array[], task: Task): Pick<Dataset, 'train' | 'validation'> {
  const splits = sequences.flatMap((tokens) => {
    const count = task === 'recommendation' ? 1 : Math.ceil(tokens.length * HELD_OUT_SHARE);
    const from = tokens.length - count;
    return from < 1 ? [] : [{ train: tokens.subarray(0, from), validation: { tokens, firstTarget: from } }];
  });
  return { train: splits.map(({ train }) => train), validation: splits.map(({ validation }) => validation) };
}
