import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usableEngines } from '../../../test/engines.js';
import type { Engine, EngineTensor } from '../../engine/engine.js';
import { onnxEngine } from '../../engine/onnx/native.js';
import { crossEntropyCase, derivativeProgram, draw, normaliserCase, opCases, pair, softEmbeddingCase } from '../../testing/op-cases.js';
import * as e from '../expressions.js';
import { gradients } from '../gradients.js';
import { Graph } from '../graph.js';
import { type Node, sizeOf } from '../node.js';
import { program } from '../program.js';
import { reachable } from '../walk.js';
import { standardOps } from '../op-table.js';
import { softEmbedded } from '../macros/soft-embedding.js';

const reachableOps = (node: Node): string[] => [...reachable([node])].map(({ op }) => op);

const relativeError = (actual: ArrayLike<number>, expected: ArrayLike<number>): number => {
  let [difference, size] = [0, 0];
  for (let index = 0; index < expected.length; index++) {
    difference += ((actual[index] ?? Number.NaN) - (expected[index] ?? 0)) ** 2;
    size += (expected[index] ?? 0) ** 2;
  }
  return Math.sqrt(difference) / Math.max(Math.sqrt(size), 1e-3);
};

/** WGSL promises sines and cosines to 2⁻¹¹ only. */
const tolerance = (engine: string, op: string): number => (engine.startsWith('onnx-webgpu') && /^(sin|cos)$/.test(op) ? 2 ** -11 : 1e-5);

describe.each(usableEngines)('%s', (id, definition) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await definition.create({ threads: 1 });
  });
  afterAll(() => engine.dispose());

  // the deterministic engine differs from its neighbour in sums over rows alone
  const cases = id === 'onnx-webgpu-deterministic' ? opCases.filter(({ name }) => /gather|segment|embedding/i.test(name)) : opCases;
  it.each(cases.map((test) => [test.name, test] as const))('%s', async (_name, test) => {
    const compiled = await engine.compile(derivativeProgram(test));
    const from = test.from ?? -1.5;
    const values = test.shapes.map((shape, index) => draw(sizeOf(shape), from, test.to ?? 1.5, index + 1));
    const directions = test.shapes.map((shape, index) => draw(sizeOf(shape), -1, 1, index + 11));
    const run = async (at: readonly Float32Array[]): Promise<Record<string, Float32Array>> => {
      const inputs: Record<string, EngineTensor> = {};
      test.shapes.forEach((shape, index) => {
        inputs[`x${index}`] = engine.upload(at[index] as Float32Array, shape);
        inputs[`u${index}`] = engine.upload(directions[index] as Float32Array, shape);
      });
      const outputs = await compiled.run(inputs);
      const result: Record<string, Float32Array> = {};
      for (const [name, tensor] of Object.entries(outputs)) result[name] = Float32Array.from(await engine.download(tensor));
      return result;
    };
    const moved = (by: number): Float32Array[] =>
      values.map((value, index) => value.map((each, at) => each + by * (directions[index]?.[at] ?? 0)));

    const here = await run(values);
    await tf.setBackend('cpu');
    const expected = test.body(...pair(values.map((value, index) => tf.tensor(value, [...(test.shapes[index] ?? [])]))));
    expect(relativeError(here['y'] ?? [], expected.dataSync())).toBeLessThan(tolerance(id, test.name));
    if (test.flat === true) return;

    const STEP = 5e-3;
    const [ahead, behind] = [await run(moved(STEP)), await run(moved(-STEP))];
    const weights = draw(here['y']?.length ?? 0, 0.5, 1.5, 99);
    const total = (result: Record<string, Float32Array>): number =>
      (result['y'] ?? new Float32Array()).reduce((sum, value, index) => sum + value * (weights[index] ?? 0), 0);
    const slope = (total(ahead) - total(behind)) / (2 * STEP);
    const claimed = directions.reduce(
      (sum, direction, index) => sum + direction.reduce((part, each, at) => part + each * (here[`g${index}`]?.[at] ?? Number.NaN), 0),
      0,
    );
    expect(Math.abs(slope - claimed)).toBeLessThan(2e-3 * Math.max(1, Math.abs(slope)));
    const curvature = test.shapes.flatMap((_, index) =>
      [...(ahead[`g${index}`] ?? [])].map((value, at) => (value - (behind[`g${index}`]?.[at] ?? Number.NaN)) / (2 * STEP)),
    );
    const product = test.shapes.flatMap((_, index) => [...(here[`h${index}`] ?? [])]);
    expect(relativeError(product, curvature)).toBeLessThan(1e-2);
    await compiled.dispose();
  });
});

it.each([
  ['cross-entropy', crossEntropyCase('composed', 10), 'FactoredCrossEntropy'],
  ['normaliser', normaliserCase('composed', 10), 'FactoredCrossEntropy'],
  ['soft embedding', softEmbeddingCase('composed', 10), 'SoftEmbedding'],
])('differentiates a %s a fourth time', async (_name, test, op) => {
  const engine = await onnxEngine.create({ threads: 1 });
  const [size] = test.shapes[0] as readonly [number];
  const fourth = async (build: (x: Node) => Node): Promise<Float32Array> => {
    const graph = new Graph();
    const x = graph.input('x', [size]);
    const cubes = (value: Node): Node => e.sum(e.multiply(e.square(gradients(e.sum(e.square(value)), [x])[0]), x));
    const [slope] = gradients(cubes(cubes(cubes(build(x)))), [x]);
    const inputs = { x: engine.upload(draw(size, -1, 1, 5), [size]) };
    const outputs = await (await engine.compile(program(test.name, [x], { slope }))).run(inputs);
    return (await engine.download(outputs['slope'])) as Float32Array;
  };
  // the same value from ordinary ops alone
  const expanded = (x: Node): Node => program('expanded', [x], { y: (test.nodes as (x: Node) => Node)(x) }).outputs[0]?.node as Node;
  expect(reachableOps((test.nodes as (x: Node) => Node)(new Graph().input('x', [size])))).toContain(op);
  expect(reachableOps(expanded(new Graph().input('x', [size])))).not.toContain(op);
  expect(relativeError(await fourth(test.nodes as (x: Node) => Node), await fourth(expanded))).toBeLessThan(1e-4);
});

it('computes loss, derivative and curvature of a cross-entropy in one pass', () => {
  const graph = new Graph();
  const [x, direction] = [graph.input('x', [16]), graph.input('direction', [16])];
  const loss = (normaliserCase('one pass', 100).nodes as (x: Node) => Node)(x);
  const [first] = gradients(loss, [x]);
  const [second] = gradients(e.sum(e.multiply(first, direction)), [x]);
  const softmaxes = (outputs: Record<string, Node>): number =>
    program('one pass', [x, direction], outputs).nodes.filter(({ op }) => op === 'Softmax').length;
  expect(softmaxes({ loss, first })).toBe(1);
  expect(softmaxes({ second })).toBe(1);
  expect(softmaxes({ loss, first, second })).toBe(1);
});

it('joins two gradients of embeddings of the same distributions, and embeds by two tables at once', async () => {
  const graph = new Graph();
  const [latents, decoder] = [graph.input('latents', [3, 2]), graph.input('decoder', [2, 5])];
  const [one, two, factor] = [graph.input('one', [5, 2]), graph.input('two', [5, 4]), graph.input('factor', [])];
  const all = [latents, decoder, one, two, factor];
  const outputs = (joined: boolean): Record<string, Node> => {
    const total = (table: Node): Node => e.sum(e.square(softEmbedded(latents, decoder, table, { chunkSize: 10 })));
    const apart = [one, two].map((table) => gradients(total(table), [latents, decoder]));
    const whole = gradients(e.add(total(one), total(two)), [latents, decoder]);
    // a factor that the graph does not know keeps the two apart
    const [first, second] = apart.map(([toLatents]) => toLatents) as [Node, Node];
    return joined ? { latents: whole[0], decoder: whole[1] } : { latents: e.add(first, e.multiply(second, factor)) };
  };
  const count = (made: Record<string, Node>): number => program('joined', all, made).nodes.filter(({ op }) => op === 'Softmax').length;
  // three rows of five: chunks of two and of one row; embeddings share theirs, and so do gradients
  expect(count(outputs(true))).toBe(4);
  const engine = await onnxEngine.create({ threads: 1 });
  const inputs = {
    latents: engine.upload(draw(6, -1, 1, 1), [3, 2]),
    decoder: engine.upload(draw(10, -1, 1, 2), [2, 5]),
    one: engine.upload(draw(10, -1, 1, 3), [5, 2]),
    two: engine.upload(draw(20, -1, 1, 4), [5, 4]),
    factor: engine.upload(Float32Array.of(1), []),
  };
  const read = async (made: Record<string, Node>): Promise<Float32Array> => {
    const results = await (await engine.compile(program('joined', all, made))).run(inputs);
    return (await engine.download(results['latents'] as EngineTensor)) as Float32Array;
  };
  expect(relativeError(await read(outputs(true)), await read(outputs(false)))).toBeLessThan(1e-5);
});

it('holds a value constant where it is asked to', async () => {
  const engine = await onnxEngine.create({ threads: 1 });
  const graph = new Graph();
  const x = graph.input('x', [2]);
  const [slope] = gradients(e.sum(e.multiply(e.stopGradient(x), x)), [x]);
  const outputs = await (await engine.compile(program('stop', [x], { slope }))).run({ x: engine.upload(Float32Array.of(2, 3), [2]) });
  expect([...(await engine.download(outputs['slope']))]).toEqual([2, 3]);
});

it('covers every op', () => {
  // macros are expanded, and leaves go, before anything runs
  const composed = ['Leaf', 'FactoredCrossEntropy', 'FactoredCrossEntropyCurvature', 'SoftEmbedding', 'SoftEmbeddingGradient'];
  const used = new Set([...composed, ...opCases.flatMap((test) => derivativeProgram(test).nodes.map(({ op }) => op))]);
  const missing = standardOps.names.filter((op) => !used.has(op));
  expect(missing).toEqual([]);
});
