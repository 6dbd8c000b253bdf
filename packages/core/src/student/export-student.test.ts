import { fromBinary } from '@bufbuild/protobuf';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { engine, valueOf } from '../../test/engine.js';
import { rowsOf } from '../../test/plain.js';
import { ITEMS, tiny } from '../../test/tiny-library.js';
import { ModelProtoSchema } from '../engine/onnx/generated/onnx_pb.js';
import { onnxRuntime } from '../engine/onnx/runtime.js';
import { buildModel, type ConfiguredModel } from '../model/definition.js';
import { initialParameters, layoutOf, splitParameters } from '../model/layout.js';
import { noOptions } from '../options/schema.js';
import { defineModel } from '../plugin/define.js';
import { Graph } from '../program/graph.js';
import { RandomStream } from '../random/stream.js';
import { tinyModel } from '../testing/tiny-model.js';
import { exportStudent } from './export-student.js';
import { Student } from './student.js';

const maxLength = 6;
const vocabulary = Array.from({ length: ITEMS }, (_, id) => `item ${id}`);
const whole = defineModel({
  id: 'whole',
  task: 'recommendation',
  schema: noOptions,
  create: (_options, context) => tinyModel({ ...context, factors: false }),
});

function studentOf(model: ConfiguredModel): Student {
  const layout = layoutOf(buildModel(model, { vocabularySize: ITEMS, maxLength }).parameters);
  return new Student({ model, vocabulary, maxLength, weights: initialParameters(layout, new RandomStream(3, 'student')) });
}

const { InferenceSession: Session, Tensor: OrtTensor } = await onnxRuntime();
const int64 = (rows: readonly (readonly number[])[], width: number): Tensor =>
  new OrtTensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, width]);

/** Runs a file as anybody would who knows its inputs. */
async function run(bytes: Uint8Array, histories: readonly number[][], excluded: readonly number[][] = histories.map(() => [])) {
  const session: InferenceSession = await Session.create(bytes, { intraOpNumThreads: 1 });
  const padded = histories.map((history) => Array.from({ length: maxLength }, (_, at) => history[at] ?? 0));
  const lengths = new OrtTensor(
    'int64',
    BigInt64Array.from(histories, ({ length }) => BigInt(length)),
    [histories.length],
  );
  const { scores, topTokens, topScores } = await session.run({
    tokens: int64(padded, maxLength),
    lengths,
    excluded: int64(excluded, excluded[0]?.length ?? 0),
  });
  await session.release();
  const rows = (tensor: Tensor | undefined): number[][] =>
    rowsOf(Array.from(tensor?.data as Iterable<number | bigint>, Number), tensor?.dims[1] ?? 0);
  return { scores: rows(scores), topTokens: rows(topTokens), topScores: rows(topScores) };
}

/** Logits after a history, by the model's own function. */
async function logitsAfter(student: Student, history: readonly number[]): Promise<number[]> {
  const traced = student.traced();
  const graph = new Graph();
  const parameters = splitParameters(traced.layout, graph.input('weights', [traced.layout.size]));
  const ids = graph.input('ids', [1, history.length], 'int32');
  const logits = await valueOf(traced.ownLogits(parameters, { kind: 'hard', ids }), { weights: student.weights, ids: history });
  return rowsOf(logits, ITEMS).at(-1) ?? [];
}

describe.each([
  ['with factors', studentOf(tiny())],
  ['without factors', studentOf(whole())],
])('an exported student %s', (_what, student) => {
  const histories = [[3], [0, 1, 2], [5, 5, 6, 7, 8, 9], [11, 0]];
  const bytes = exportStudent(student, { k: 4 });

  it('gives the logits of the model for any number of histories, each as long as it says', async () => {
    const { scores } = await run(bytes, histories);
    for (const [row, history] of histories.entries())
      (await logitsAfter(student, history)).forEach((logit, token) => expect(scores[row]?.[token]).toBeCloseTo(logit, 5));
    expect((await run(bytes, histories.slice(1, 2))).scores[0]).toEqual(scores[1]);
  });

  it.each([false, true])('lists what the student lists (without what was seen: %s)', async (maskSeen) => {
    const lists = await student.topK(histories, { engine, k: 4, maskSeen });
    const excluded = histories.map((history) => Array.from({ length: 6 }, (_, at) => history[at] ?? -1));
    const { topTokens, topScores } = await run(bytes, histories, maskSeen ? excluded : undefined);
    expect(topTokens).toEqual(lists.map((list) => list.map(({ token }) => token)));
    lists.forEach((list, row) => {
      list.forEach(({ score }, place) => expect(topScores[row]?.[place]).toBeCloseTo(score, 5));
    });
  });

  it('scores what is left out with -Infinity where it must fill a list', async () => {
    const { topTokens, topScores, scores } = await run(bytes, [[1]], [Array.from({ length: ITEMS - 1 }, (_, id) => id)]);
    expect(topTokens[0]?.[0]).toBe(ITEMS - 1);
    expect(topScores[0]?.slice(1)).toEqual([-Infinity, -Infinity, -Infinity]);
    expect(scores[0]?.every(Number.isFinite)).toBe(true);
  });
});

it('an exported student says what it is', () => {
  const titles = vocabulary.map((name) => `The ${name}`);
  const { model, weights } = studentOf(tiny());
  const bytes = exportStudent(new Student({ model, weights, vocabulary, titles, maxLength }), { k: 500 });
  const { metadataProps, graph, docString } = fromBinary(ModelProtoSchema, bytes);
  const metadata = Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
  expect(metadata).toMatchObject({
    format: 'farzi-student-onnx',
    version: '1',
    task: 'recommendation',
    maxLength: '6',
    vocabularySize: '12',
  });
  expect(JSON.parse(metadata['model'] ?? '')).toEqual({ id: 'tiny', options: { width: 6 } });
  expect(JSON.parse(metadata['vocabulary'] ?? '')).toEqual(vocabulary);
  expect(JSON.parse(metadata['titles'] ?? '')).toEqual(titles);
  expect(docString).toBe('What comes next after up to 6 of 12 tokens, by the model tiny of Farzi.');
  const described = [...(graph?.input ?? []), ...(graph?.output ?? [])];
  expect(described.map(({ name }) => name)).toEqual(['tokens', 'lengths', 'excluded', 'scores', 'topTokens', 'topScores']);
  expect(described.every((each) => each.docString.endsWith('.'))).toBe(true);
  const shapes = described.map(({ type }) =>
    type?.value.case === 'tensorType' ? type.value.value.shape?.dim.map(({ value: { value } }) => String(value)).join(' ') : undefined,
  );
  expect(shapes).toEqual(['batch 6', 'batch', 'batch excluded', 'batch 12', 'batch 12', 'batch 12']);
});

it.each([0, -1, 1.5, Number.NaN])('is not exported with k = %d', async (k) => {
  expect(await errorOf(() => exportStudent(studentOf(tiny()), { k }))).toMatchObject({
    code: 'FARZI_CONFIG_INVALID',
    message: `The option k must be a whole number from 1, but it is ${k}.`,
  });
});
