import { rankerModel } from '../engine/onnx/ranker.js';
import { FarziError } from '../errors.js';
import { Graph } from '../program/graph.js';
import { program } from '../program/program.js';
import { coreVersion } from '../version.js';
import type { Student } from './student.js';

/** How to export. */
export interface ExportStudentOptions {
  /** Entries of each list, 10 by default; no more than there are tokens. */
  readonly k?: number;
}

/** What exported files say they are, and the version of it. */
const FORMAT = 'farzi-student-onnx';
const VERSION = '1';

/**
 * A student as an ONNX model (opset 17) that any runtime can load; see `docs/export.md`.
 *
 * Inputs are `tokens` int64 `[batch, maxLength]`, left-aligned, `lengths` int64 `[batch]` (how many are real), and
 * `excluded` int64 `[batch, n]` (tokens to leave out of lists, -1 for none); outputs `scores` float32 `[batch,
 * vocabulary]` (logits), `topTokens` int64 and `topScores` float32 `[batch, k]`. Vocabulary, titles, `maxLength` and the
 * model's id are in the metadata.
 *
 * @throws FARZI_CONFIG_INVALID for a k that counts nothing
 */
export function exportStudent(student: Student, { k = 10 }: ExportStudentOptions = {}): Uint8Array {
  const { maxLength: length, vocabulary, titles, model, weights } = student;
  if (!Number.isSafeInteger(k) || k < 1)
    throw new FarziError('FARZI_CONFIG_INVALID', `The option k must be a whole number from 1, but it is ${k}.`, {
      hint: 'Leave it out for lists of ten.',
    });
  const traced = student.traced();
  const { entries } = traced.layout;
  const graph = new Graph();
  const ids = graph.input('tokens', [1, length], 'int32');
  const position = graph.input('position', [1], 'int32');
  const parameters = entries.map(({ path, shape }) => graph.input(`weights.${path}`, shape));
  const scores = traced.logitsAt(parameters, { kind: 'hard', ids }, position);
  const { id, task } = model.definition;
  return rankerModel({
    program: program(`${id} student`, [ids, position, ...parameters], { scores }),
    weights: Object.fromEntries(
      entries.map(({ path, offset, size }) => [`weights.${path}`, weights.subarray(offset, offset + size)] as const),
    ),
    length,
    vocabularySize: vocabulary.length,
    k: Math.min(k, vocabulary.length),
    about: `What comes next after up to ${length} of ${vocabulary.length} tokens, by the model ${id} of Farzi.`,
    metadata: {
      format: FORMAT,
      version: VERSION,
      model: JSON.stringify({ id, options: model.options }),
      task,
      maxLength: String(length),
      vocabularySize: String(vocabulary.length),
      vocabulary: JSON.stringify(vocabulary),
      ...(titles === undefined ? {} : { titles: JSON.stringify(titles) }),
      core: coreVersion,
    },
  });
}
