import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { errorOf, expectAllClose } from '../../test/allclose.js';
import { usableEngines } from '../../test/engines.js';
import * as e from '../program/expressions.js';
import { gradients } from '../program/gradients.js';
import { Graph } from '../program/graph.js';
import { program } from '../program/program.js';
import { RandomStream } from '../random/stream.js';
import { disposeAll, downloadScalar, type Engine, type EngineTensors } from './engine.js';
import type { OnnxEngine } from './onnx/engine.js';

/**
 * A bit of everything: gathered rows whose adjoint adds up repeated ids, sums on top of another value, reductions,
 * outputs that are an input, a constant, read inside or under two names, integers.
 */
function mixedProgram() {
  const graph = new Graph();
  const [x, table, ids] = [graph.input('x', [4, 3]), graph.input('table', [3, 3]), graph.input('ids', [4], 'int32')];
  const loss = e.mean(e.logSumExp(e.matMul(e.tanh(e.add(x, e.gather(table, ids))), table)));
  const [toTable] = gradients(loss, [table]);
  const rows = e.segmentSum(x, ids, 3);
  const onTop = e.add(e.segmentSum(e.multiply(2, x), ids, 3), table);
  const outputs = { loss, toTable, rows, again: rows, twice: e.multiply(2, rows), onTop, x, one: graph.fill(1, [2]) };
  return program('mixed', [x, table, ids], { ...outputs, best: graph.apply('ArgMax', [x], { axis: 1 }) });
}

const mixed = mixedProgram();
const stream = new RandomStream(5, 'engines');
const values = { x: stream.normal(12), table: stream.normal(9), ids: Int32Array.of(2, 0, 2, 2) };
const upload = (engine: Engine): Record<keyof typeof values, EngineTensors[string]> => ({
  x: engine.upload(values.x, [4, 3]),
  table: engine.upload(values.table, [3, 3]),
  ids: engine.upload(values.ids, [4]),
});

async function results(engine: Engine): Promise<Record<string, number[]>> {
  const executable = await engine.compile(mixed);
  const inputs = upload(engine);
  const outputs = await executable.run(inputs);
  const read: Record<string, number[]> = {};
  for (const [name, tensor] of Object.entries(outputs)) read[name] = Array.from(await engine.download(tensor));
  disposeAll(inputs);
  disposeAll(outputs);
  await executable.dispose();
  return read;
}

const created = new Map<string, Engine>();
for (const [id, { create }] of usableEngines) created.set(id, await create({ threads: 1 }));
const engineOf = (id: string): Engine => created.get(id) as Engine;
const reference = await results(engineOf('onnx'));

describe.each(usableEngines)('%s', (id) => {
  const engine = engineOf(id);

  it('computes what the default engine computes', async () => {
    const own = await results(engine);
    expect(Object.keys(own)).toEqual(['loss', 'toTable', 'rows', 'again', 'twice', 'onTop', 'x', 'one', 'best']);
    for (const [name, expected] of Object.entries(reference)) expectAllClose(own[name] ?? [], expected, 1e-5);
    const byHand = [0, 1, 2].map((column) => (values.x[column] ?? 0) + (values.x[6 + column] ?? 0) + (values.x[9 + column] ?? 0));
    expectAllClose((own['rows'] ?? []).slice(6), byHand);
    expectAllClose(own['x'] ?? [], values.x, 0);
    expectAllClose(own['one'] ?? [], [1, 1], 0);
    const onTop = (own['twice'] ?? []).map((each, index) => each + (values.table[index] ?? 0));
    expectAllClose(own['onTop'] ?? [], onTop, 1e-6);
  });

  it('says which input is missing, and what was given', async () => {
    const executable = await engine.compile(mixed);
    const { x, table } = upload(engine);
    expect(await errorOf(() => executable.run({ x, table }))).toMatchObject({
      code: 'FARZI_ENGINE_FAILED',
      message: 'The program mixed was run without its input ids (int32 [4]), with x, table.',
    });
    expect(await errorOf(() => executable.run({}))).toMatchObject({
      message: 'The program mixed was run without its input x (float32 [4, 3]), with nothing.',
    });
  });

  it('says which input does not fit', async () => {
    const executable = await engine.compile(mixed);
    const given = upload(engine);
    const wrongShape = { ...given, x: engine.upload(values.x, [3, 4]) };
    expect(await errorOf(() => executable.run(wrongShape))).toMatchObject({
      code: 'FARZI_ENGINE_FAILED',
      message: 'The program mixed wants x as float32 [4, 3], but it is float32 [3, 4].',
    });
    const wrongType = { ...given, ids: engine.upload(Float32Array.of(2, 0, 2, 2), [4]) };
    expect(await errorOf(() => executable.run(wrongType))).toMatchObject({
      message: 'The program mixed wants ids as int32 [4], but it is float32 [4].',
    });
  });

  // on a GPU, rows of the same id are added up by atomic additions, in any order
  it.skipIf(id === 'onnx-webgpu' || id === 'onnx-cuda')('gives the same bits every time, repeated ids included', async () => {
    const graph = new Graph();
    const [x, ids] = [graph.input('x', [500, 4]), graph.input('ids', [500], 'int32')];
    const executable = await engine.compile(program('sums', [x, ids], { sums: e.segmentSum(x, ids, 7), total: e.sum(e.exp(x)) }));
    const draw = stream.child('determinism');
    const inputs = {
      x: engine.upload(draw.normal(2000), [500, 4]),
      ids: engine.upload(
        Int32Array.from({ length: 500 }, () => draw.integer(7)),
        [500],
      ),
    };
    const once = async (): Promise<number[]> => {
      const outputs = await executable.run(inputs);
      const read = [...(await engine.download(outputs['sums'])), await downloadScalar(engine, outputs['total'])];
      disposeAll(outputs);
      return read;
    };
    const first = await once();
    for (let repetition = 0; repetition < 4; repetition++) expect(await once()).toEqual(first);
    disposeAll(inputs);
  });

  it('leaves inputs as they were, so that they can be used again', async () => {
    const executable = await engine.compile(mixed);
    const inputs = upload(engine);
    disposeAll(await executable.run(inputs));
    disposeAll(await executable.run(inputs));
    expect([...(await engine.download(inputs.x))]).toEqual([...values.x]);
    expect([...(await engine.download(inputs.ids))]).toEqual([2, 0, 2, 2]);
    disposeAll(inputs);
  });

  it('carries scalars', async () => {
    expect(await downloadScalar(engine, engine.upload(Float32Array.of(2.5), []))).toBe(2.5);
  });
});

describe.each(usableEngines.filter(([id]) => id.startsWith('onnx-webgpu')))('%s', (id) => {
  const engine = engineOf(id) as OnnxEngine;
  const graph = new Graph();
  const x = graph.input('x', [64, 64]);
  const step = program('step', [x], { x: e.negate(x), total: e.sum(x) });

  it('keeps values on the device from step to step, and nothing else', async () => {
    const executable = await engine.compile(step);
    const before = engine.valuesOnDevice;
    let state = engine.upload(new Float32Array(64 * 64).fill(1), [64, 64]);
    const held = new Set<number>();
    for (let count = 0; count < 1000; count++) {
      const { x: next, total } = (await executable.run({ x: state })) as Record<'x' | 'total', EngineTensors[string]>;
      if (count === 0) expect(await downloadScalar(engine, total)).toBe(4096);
      disposeAll({ state, total });
      state = next;
      held.add(engine.valuesOnDevice);
    }
    expect([...held]).toEqual([before + 1]);
    // what came from it outlives the program
    await executable.dispose();
    expect(new Set(await engine.download(state))).toEqual(new Set([1]));
    state.dispose();
    state.dispose();
    expect(engine.valuesOnDevice).toBe(before);
  });

  // of a driver on the processor the limit is known
  it.runIf(process.env['VK_DRIVER_FILES'])('says what to do where an array is larger than the device takes, and goes on', async () => {
    const one = new Graph();
    const scalar = one.input('x', [1]);
    const huge = await engine.compile(program('huge', [scalar], { y: e.sum(e.exp(e.broadcastTo(scalar, [600_000, 1000]))) }));
    const given = engine.upload(Float32Array.of(1), [1]);
    expect(await errorOf(() => huge.run({ x: given }))).toMatchObject({
      code: 'FARZI_ENGINE_FAILED',
      hint: expect.stringContaining('lower batch sizes, lengths or widths') as string,
    });
    const small = await engine.compile(program('small', [scalar], { y: e.sum(e.exp(e.broadcastTo(scalar, [2, 1000]))) }));
    const { y } = (await small.run({ x: given })) as Record<'y', EngineTensors[string]>;
    expect(await downloadScalar(engine, y)).toBeCloseTo(2000 * Math.E, 0);
  });
});

it.each(usableEngines.map(([id]) => id))('%s may be given a value by two runs at the same time', async (id) => {
  const engine = engineOf(id);
  const graph = new Graph();
  const x = graph.input('x', [2000]);
  const [sum, mean] = await Promise.all([
    engine.compile(program('sum', [x], { y: e.sum(x) })),
    engine.compile(program('mean', [x], { y: e.mean(x) })),
  ]);
  const ones = engine.upload(new Float32Array(2000).fill(1), [2000]);
  const outputs = await Promise.all([sum.run({ x: ones }), mean.run({ x: ones })]);
  ones.dispose();
  const values = await Promise.all(outputs.map(({ y }) => downloadScalar(engine, y)));
  expect(values).toEqual([2000, 1]);
  outputs.forEach(disposeAll);
});

describe('the TensorFlow.js engines', () => {
  it.each(usableEngines.map(([id]) => id).filter((id) => id.startsWith('tfjs-')))(
    '%s frees everything it makes, also when an op fails, and leaves the active backend alone',
    async (id) => {
      const engine = engineOf(id);
      await tf.setBackend(id === 'tfjs-cpu' ? 'wasm' : 'cpu');
      const active = tf.getBackend();
      await results(engine);
      const before = tf.memory().numTensors;
      await results(engine);
      expect(tf.memory().numTensors).toBe(before);
      const graph = new Graph();
      const x = graph.input('x', [2]);
      const failing = graph.apply('Reverse', [e.exp(x)], { axes: [7] });
      const executable = await engine.compile(program('failing', [x], { failing }));
      const input = engine.upload(Float32Array.of(1, 2), [2]);
      const held = tf.memory().numTensors;
      expect(await errorOf(() => executable.run({ x: input }))).toMatchObject({
        code: 'FARZI_ENGINE_FAILED',
        message: expect.stringMatching(/^The engine tfjs-[a-z-]+ failed in Reverse of the program failing: /) as string,
      });
      expect(tf.memory().numTensors).toBe(held);
      expect(tf.getBackend()).toBe(active);
      input.dispose();
    },
  );
});

it('onnx names the program that it cannot compile or run', async () => {
  const engine = engineOf('onnx');
  const graph = new Graph();
  const x = graph.input('x', [2]);
  const failing = graph.apply('Reverse', [x], { axes: [7] });
  const error = await errorOf(async () => {
    const executable = await engine.compile(program('failing', [x], { failing }));
    await executable.run({ x: engine.upload(Float32Array.of(1, 2), [2]) });
  });
  expect(error).toMatchObject({
    code: 'FARZI_ENGINE_FAILED',
    message: expect.stringMatching(/^ONNX Runtime (cannot compile|failed in) the program failing: /) as string,
  });
});
