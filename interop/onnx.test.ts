import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildModel,
  type ConfiguredModel,
  type Engine,
  exportStudent,
  Graph,
  initialParameters,
  layoutOf,
  onnxEngine,
  onnxRuntime,
  program,
  RandomStream,
  splitParameters,
  Student,
} from '@farzi/core';
import { sasrec } from '@farzi/models-sasrec';
import { transformerLm } from '@farzi/models-transformer-lm';
import { afterAll, describe, expect, it } from 'vitest';
import { gru4rec } from '../examples/plugin-gru4rec/index.js';
import { callPython, hasPythonWith } from './python/python.js';

const folder = mkdtempSync(join(tmpdir(), 'farzi-onnx-'));
const engine: Engine = await onnxEngine.create({ threads: 1 });
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await engine.dispose();
});

const [vocabularySize, maxLength, k] = [40, 9, 6];
const vocabulary = Array.from({ length: vocabularySize }, (_, id) => `token ${id}`);

/** A student with random weights, which are large enough for its scores to differ. */
function studentOf(model: ConfiguredModel): Student {
  const layout = layoutOf(buildModel(model, { vocabularySize, maxLength }).parameters);
  return new Student({ model, vocabulary, maxLength, weights: initialParameters(layout, new RandomStream(2, model.definition.id)) });
}

const students: readonly (readonly [string, Student])[] = [
  ['sasrec', studentOf(sasrec({ hiddenSize: 16, blocks: 2, heads: 2, initialDeviation: 0.3 }))],
  ['transformer-lm', studentOf(transformerLm({ width: 16, blocks: 2, heads: 2, initialDeviation: 0.3 }))],
  ['gru4rec', studentOf(gru4rec({ initialDeviation: 0.5 }))],
];

const stream = new RandomStream(1, 'histories');
/** Of all lengths, and one that is longer than what is read. */
const histories = Array.from({ length: maxLength + 1 }, (_, at) => Array.from({ length: at + 1 }, () => stream.integer(vocabularySize)));
const last = histories.map((history) => history.slice(-maxLength));
const padded = (rows: readonly (readonly number[])[], width: number, padding: number): number[][] =>
  rows.map((row) => Array.from({ length: width }, (_, at) => row[at] ?? padding));
const inputs = {
  tokens: padded(last, maxLength, 0),
  lengths: last.map(({ length }) => length),
  excluded: padded(histories, maxLength + 1, -1),
};

/** Outputs of an exported model, as rows. */
interface Ranked {
  readonly scores: readonly (readonly number[])[];
  readonly topTokens: readonly (readonly number[])[];
  readonly topScores: readonly (readonly number[])[];
}

/** Logits behind the last token of a history, by the model's own function. */
async function logitsAfter(student: Student, history: readonly number[]): Promise<readonly number[]> {
  const traced = student.traced();
  const graph = new Graph();
  const [weights, ids] = [graph.input('weights', [traced.layout.size]), graph.input('ids', [1, history.length], 'int32')];
  const logits = traced.ownLogits(splitParameters(traced.layout, weights), { kind: 'hard', ids });
  const executable = await engine.compile(program('logits', [weights, ids], { logits }));
  const outputs = await executable.run({
    weights: engine.upload(student.weights, weights.shape),
    ids: engine.upload(Int32Array.from(history), ids.shape),
  });
  const values = Array.from(await engine.download(outputs.logits));
  await executable.dispose();
  return values.slice(-vocabularySize);
}

async function expectOurs({ scores, topTokens, topScores }: Ranked, student: Student): Promise<void> {
  for (const [row, history] of last.entries()) {
    const logits = await logitsAfter(student, history);
    logits.forEach((logit, token) => expect(Math.abs((scores[row]?.[token] ?? Number.NaN) - logit)).toBeLessThan(1e-5));
    // the scores differ by far more than the tolerance
    expect(Math.max(...logits) - Math.min(...logits)).toBeGreaterThan(0.05);
  }
  const lists = await student.topK(histories, { engine, k, maskSeen: true });
  expect(topTokens).toEqual(lists.map((list) => list.map(({ token }) => token)));
  lists.forEach((list, row) => {
    list.forEach(({ score }, place) => expect(Math.abs((topScores[row]?.[place] ?? Number.NaN) - score)).toBeLessThan(1e-5));
  });
}

describe.each(students)('an exported student of %s', (id, student) => {
  const file = join(folder, `${id}.onnx`);
  writeFileSync(file, exportStudent(student, { k }));

  it('ranks in plain onnxruntime-node as it does here', async () => {
    const { InferenceSession, Tensor } = await onnxRuntime();
    const session = await InferenceSession.create(file, { intraOpNumThreads: 1 });
    const int64 = (values: readonly (number | readonly number[])[], ...shape: readonly number[]) =>
      new Tensor('int64', BigInt64Array.from(values.flat(), BigInt), shape);
    const outputs = await session.run({
      tokens: int64(inputs.tokens, histories.length, maxLength),
      lengths: int64(inputs.lengths, histories.length),
      excluded: int64(inputs.excluded, histories.length, maxLength + 1),
    });
    const rows = (name: string): number[][] => {
      const { data, dims } = outputs[name] as NonNullable<(typeof outputs)[string]>;
      const values = Array.from(data as Iterable<number | bigint>, Number);
      return histories.map((_, row) => values.slice(row * (dims[1] ?? 0), (row + 1) * (dims[1] ?? 0)));
    };
    await expectOurs({ scores: rows('scores'), topTokens: rows('topTokens'), topScores: rows('topScores') }, student);
    await session.release();
  });

  it.skipIf(!hasPythonWith('numpy', 'onnxruntime'))(
    'ranks in onnxruntime for Python as it does here (needs a python3 with it, or FARZI_PYTHON)',
    async () => {
      const { status, stdout, stderr } = callPython(
        '-c',
        `import json, sys, numpy, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
inputs = {name: numpy.array(values, dtype=numpy.int64) for name, values in json.loads(sys.argv[2]).items()}
names = [output.name for output in session.get_outputs()]
outputs = {name: values.tolist() for name, values in zip(names, session.run(names, inputs))}
json.dump([outputs, session.get_modelmeta().custom_metadata_map], sys.stdout)`,
        file,
        JSON.stringify(inputs),
      );
      expect([status, stderr]).toEqual([0, '']);
      const [outputs, metadata] = JSON.parse(stdout) as [Ranked, Readonly<Record<string, string>>];
      await expectOurs(outputs, student);
      expect(metadata).toMatchObject({
        format: 'farzi-student-onnx',
        maxLength: String(maxLength),
        vocabulary: JSON.stringify(vocabulary),
      });
    },
  );
});
