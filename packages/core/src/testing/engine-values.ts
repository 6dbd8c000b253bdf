import { disposeAll, type Engine, type EngineTensor, type EngineTensors, type HostValues } from '../engine/engine.js';
import { isFarziError } from '../errors.js';
import * as e from '../program/expressions.js';
import { Graph } from '../program/graph.js';
import type { Program } from '../program/node.js';
import { program } from '../program/program.js';
import { attempt, check, same } from './assert.js';

/**
 * Values that are easily lost on the way: numbers that a float32 cannot hold among integers, and all that is not
 * finite.
 */
const carried: readonly (readonly [what: string, values: HostValues, shape: readonly number[]])[] = [
  ['a float32 matrix', Float32Array.of(1.5, -2.25, 3e-38, 3e38, 0, 7), [2, 3]],
  ['float32 values that are not finite', Float32Array.of(Number.NaN, Infinity, -Infinity), [3]],
  ['a float32 scalar', Float32Array.of(2.5), []],
  ['int32 values', Int32Array.of(16_777_217, -2_147_483_648, 2_147_483_647, 0), [2, 2]],
];

/** A program with an output that is its input, and one that is not. */
function doubling(name = 'doubling'): Program {
  const graph = new Graph();
  const x = graph.input('x', [3]);
  return program(name, [x], { x, twice: e.add(x, x) });
}

/** Checks that a run lets signals and timers in: long jobs are interrupted between runs. */
export async function checkTurns(id: string, engine: Engine): Promise<void> {
  const executable = await engine.compile(doubling('giving turns'));
  const input = { x: engine.upload(Float32Array.of(1, 2, 3), [3]) };
  let heard = false;
  const waiting = setImmediate(() => (heard = true));
  disposeAll(await attempt(`${id}: run`, () => executable.run(input)));
  clearImmediate(waiting);
  check(heard, `${id}: a run gives the event loop no turn, so that a long job cannot be interrupted`);
  disposeAll(input);
  await executable.dispose();
}

/** Checks how values live: on the way to the engine and back, between runs, and after their program. */
export async function checkValues(id: string, engine: Engine): Promise<void> {
  for (const [what, values, shape] of carried) {
    const tensor = engine.upload(values.slice(), shape);
    const dtype = values instanceof Float32Array ? 'float32' : 'int32';
    check(
      tensor.dtype === dtype && [...tensor.shape].join() === shape.join(),
      `${id}: ${what} of shape [${shape.join(', ')}] became ${tensor.dtype} [${tensor.shape.join(', ')}]`,
    );
    check(same(await engine.download(tensor), values), `${id}: ${what} came back as other numbers`);
    tensor.dispose();
  }
  const executable = await engine.compile(doubling());
  const read = async (tensor: EngineTensor | undefined): Promise<number[]> =>
    tensor === undefined ? [] : [...(await attempt(`${id}: download`, () => engine.download(tensor)))];
  const run = (inputs: EngineTensors): Promise<Record<string, EngineTensor>> => attempt(`${id}: run`, () => executable.run(inputs));

  const given = { x: engine.upload(Float32Array.of(1, 2, 3), [3]) };
  const first = await run(given);
  const other = { x: engine.upload(Float32Array.of(5, 6, 7), [3]) };
  disposeAll(await run(other));
  disposeAll(other);
  check(same(await read(first['twice']), [2, 4, 6]), `${id}: an output changes when the program runs again`);
  first['x']?.dispose();
  check(same(await read(given.x), [1, 2, 3]), `${id}: an input changes, or goes with an output that has the same value`);
  const second = await run({ x: first['twice'] as EngineTensor });
  await executable.dispose();
  check(same(await read(second['twice']), [4, 8, 12]), `${id}: an output cannot be an input, or does not outlive its program`);
  for (const tensors of [given, { twice: first['twice'] as EngineTensor }, second]) disposeAll(tensors);
}

/** Checks that what goes wrong has a code. */
export async function checkFailures(id: string, engine: Engine): Promise<void> {
  const coded = async (what: string, call: () => Promise<unknown>): Promise<void> => {
    const pending = await attempt(`${id}: ${what} is not a rejection: run`, () => ({ error: call() }));
    const error = await pending.error.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const found = error === undefined ? 'nothing' : isFarziError(error) ? error.code : (error as Error).toString();
    check(found === 'FARZI_ENGINE_FAILED', `${id}: ${what} gives ${found}, not FARZI_ENGINE_FAILED`);
  };
  const executable = await engine.compile(doubling());
  const tensors = {
    long: engine.upload(new Float32Array(4), [4]),
    matrix: engine.upload(new Float32Array(3), [1, 3]),
    integers: engine.upload(new Int32Array(3), [3]),
  };
  await coded('an input that is missing', () => executable.run({}));
  await coded('an input of another size', () => executable.run({ x: tensors.long }));
  await coded('an input of another shape', () => executable.run({ x: tensors.matrix }));
  await coded('an input of another type', () => executable.run({ x: tensors.integers }));
  await executable.dispose();
  disposeAll(tensors);
  const graph = new Graph();
  const x = graph.input('x', [2]);
  const failing = program('failing', [x], { failing: graph.apply('Reverse', [e.exp(x)], { axes: [7] }) });
  await coded('an op that fails', async () => {
    const input = engine.upload(Float32Array.of(1, 2), [2]);
    await (await engine.compile(failing)).run({ x: input }).finally(() => {
      input.dispose();
    });
  });
}
