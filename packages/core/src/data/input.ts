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
      /** What models are chosen by. Without it the last event of each sequence is held out (of a text, its last twentieth). */
      readonly validation?: readonly EvaluationCase[];
      /** Original name of every token, by token id; the ids themselves by default. */
      readonly vocabulary?: readonly string[];
    };

/** Inputs per sequence where nothing else is said. */
export const DEFAULT_MAX_LENGTH = 50;

/** Share of a text that is held out where no validation is given. */
const HELD_OUT_SHARE = 0.05;

/**
 * Numbers names: the most frequent first, then the first seen.
 *
 * @returns the sequences as token ids, and the name of every token
 */
export function encodeSequences(sequences: Iterable<readonly string[]>): {
  readonly sequences: Int32Array[];
  readonly vocabulary: string[];
} {
  const counts = new Map<string, number>();
  const all = [...sequences];
  for (const sequence of all) for (const name of sequence) counts.set(name, (counts.get(name) ?? 0) + 1);
  // sorting is stable: equally frequent names stay in the order in which they were first seen
  const vocabulary = [...counts].sort(([, a], [, b]) => b - a).map(([name]) => name);
  const ids = new Map(vocabulary.map((name, id) => [name, id]));
  return { sequences: all.map((sequence) => Int32Array.from(sequence, (name) => ids.get(name) as number)), vocabulary };
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
    ? encodeSequences(given)
    : { sequences: given.map((each) => toTokens(each as ArrayLike<number>)), vocabulary: namesOf(given as ArrayLike<number>[]) };
  const { train, validation } =
    input.validation === undefined ? heldOut(sequences, task) : { train: sequences, validation: input.validation };
  const dataset: Dataset = {
    id: 'in memory',
    task,
    vocabulary: input.vocabulary ?? vocabulary,
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

function toTokens(sequence: ArrayLike<number>): Int32Array {
  return sequence instanceof Int32Array ? sequence : Int32Array.from(sequence);
}

function namesOf(sequences: readonly ArrayLike<number>[]): string[] {
  let largest = -1;
  for (const sequence of sequences) for (let at = 0; at < sequence.length; at++) largest = Math.max(largest, sequence[at] as number);
  if (!Number.isSafeInteger(largest) || largest > 0x7fffffff)
    throw new FarziError('FARZI_DATA_INVALID', `a sequence holds ${largest}, which is no token id`, {
      hint: 'Token ids are whole numbers from 0; give names as strings to have them numbered.',
    });
  return Array.from({ length: largest + 1 }, (_, id) => String(id));
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
