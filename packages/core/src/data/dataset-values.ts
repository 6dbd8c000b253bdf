import type { SavedTensors } from '../storage/safetensors.js';
import type { Checkpoint } from '../storage/checkpoint-bytes.js';
import type { Dataset, EvaluationCase } from './dataset.js';

/** A dataset as arrays and JSON, without its tokenizer: work on tokens needs none. */
export function datasetValues(dataset: Dataset): Checkpoint {
  const { id, task, vocabulary, titles, characters, licence, train, validation, test, sequences, events, protocol } = dataset;
  return {
    tensors: { ...joined('train', train), ...casesValues('validation', validation), ...casesValues('test', test) },
    state: {
      ...{ id, task, vocabulary, sequences, events, protocol },
      ...(titles === undefined ? {} : { titles }),
      ...(characters === undefined ? {} : { characters }),
      ...(licence === undefined ? {} : { licence }),
    },
  };
}

/** What {@link datasetValues} was given, without its tokenizer. */
export function datasetFromValues({ tensors, state }: Checkpoint): Dataset {
  return {
    ...(state as Omit<Dataset, 'train' | 'validation' | 'test'>),
    train: cut('train', tensors),
    validation: casesFrom('validation', tensors),
    test: casesFrom('test', tensors),
  };
}

const vector = (values: Int32Array): SavedTensors[string] => ({ shape: [values.length], values });

/** Sequences one after the other, and how long each is. */
function joined(name: string, sequences: readonly Int32Array[]): SavedTensors {
  const tokens = new Int32Array(sequences.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const sequence of sequences) {
    tokens.set(sequence, at);
    at += sequence.length;
  }
  return { [`${name}.tokens`]: vector(tokens), [`${name}.lengths`]: vector(Int32Array.from(sequences, ({ length }) => length)) };
}

function cut(name: string, tensors: SavedTensors): Int32Array[] {
  const tokens = tensors[`${name}.tokens`]?.values as Int32Array;
  let at = 0;
  return Array.from(tensors[`${name}.lengths`]?.values as Int32Array, (length) => tokens.subarray(at, (at += length)));
}

const casesValues = (name: string, cases: readonly EvaluationCase[]): SavedTensors => ({
  ...joined(
    name,
    cases.map(({ tokens }) => tokens),
  ),
  [`${name}.firstTargets`]: vector(Int32Array.from(cases, ({ firstTarget }) => firstTarget)),
});

function casesFrom(name: string, tensors: SavedTensors): EvaluationCase[] {
  const firstTargets = tensors[`${name}.firstTargets`]?.values as Int32Array;
  return cut(name, tensors).map((tokens, index) => ({ tokens, firstTarget: firstTargets[index] as number }));
}
