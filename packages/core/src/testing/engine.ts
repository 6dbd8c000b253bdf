import * as tf from '@tensorflow/tfjs-core';
import type { Engine, EngineDefinition, HostValues } from '../engine/engine.js';
import { onnxEngine } from '../engine/onnx/native.js';
import { tfjsCpuEngine } from '../engine/tfjs/portable.js';
import { inputName, type Program, sizeOf } from '../program/node.js';
import { RandomStream } from '../random/stream.js';
import { attempt, check, distance, norm, same } from './assert.js';
import { compiled } from './compiled.js';
import { checkTraining } from './engine-training.js';
import { checkFailures, checkTurns, checkValues } from './engine-values.js';
import { derivativeProgram, draw, opCases } from './op-cases.js';
import { randomProgram } from './random-program.js';

/** Relative to values above 1: engines may add in another order. */
const TOLERANCE = 1e-4;
const RANDOM_PROGRAMS = 12;

/**
 * Checks that an engine keeps its contract, against the engine `onnx` (which is checked against `tfjs-cpu`): it can be
 * used here and goes by its id; values come back from it as they were given; inputs can be used again, also when
 * outputs were disposed of; outputs outlive other runs and their program, and are inputs of other programs; every op
 * with its first and second derivatives, random programs, and training with its meta-gradient give the same numbers;
 * the same inputs give the same bits; an input that is missing or does not fit, and an op that fails, give
 * FARZI_ENGINE_FAILED; a run lets signals and timers in; tensors of TensorFlow.js do not pile up, if it makes any.
 *
 * @throws ConformanceError naming the check that failed, also where the engine cannot be used here
 */
export async function checkEngine(definition: EngineDefinition): Promise<void> {
  const { id } = definition;
  const availability = await attempt(`${id}: Calling check`, () => definition.check());
  if (!availability.usable) check(false, `${id}: The engine cannot be used here. ${availability.reason}`);
  check(availability.usable && availability.version.trim() !== '', `${id}: Its check gives no version.`);
  const engine = await attempt(`${id}: Calling create`, () => definition.create({ threads: 1 }));
  const reference = await (id === onnxEngine.id ? tfjsCpuEngine : onnxEngine).create({ threads: 1 });
  try {
    check(engine.id === id, `${id}: The engine says that it is ${engine.id}.`);
    check(engine.threads >= 1, `${id}: The engine says that it has ${engine.threads} threads.`);
    await checkValues(id, engine);
    await checkFailures(id, engine);
    await checkTurns(id, engine);
    for (const test of opCases) {
      const [from, to] = [test.from ?? -1.5, test.to ?? 1.5];
      const program = derivativeProgram(test);
      const inputs = Object.fromEntries(
        program.inputs.map((input, index) => [
          inputName(input),
          inputName(input).startsWith('u') ? draw(sizeOf(input.shape), -1, 1, index + 11) : draw(sizeOf(input.shape), from, to, index + 1),
        ]),
      );
      await checkProgram(id, [engine, reference], program, inputs);
    }
    for (let seed = 1; seed <= RANDOM_PROGRAMS; seed++) {
      const stream = new RandomStream(seed, 'values');
      const inputs = { x: stream.normal(12), y: stream.normal(12), ids: Int32Array.from({ length: 3 }, () => stream.integer(3)) };
      await checkProgram(id, [engine, reference], randomProgram(seed), inputs);
    }
    await checkTraining(id, engine, reference);
    const held = tf.engine().state.numTensors;
    await checkTraining(id, engine, reference);
    const kept = tf.engine().state.numTensors - held;
    check(kept <= 0, `${id}: Training keeps ${kept} more tensors of TensorFlow.js every time.`);
  } finally {
    await reference.dispose();
    await engine.dispose();
  }
}

/** Runs a program on both engines, and on the first again. */
async function checkProgram(
  id: string,
  engines: readonly [engine: Engine, reference: Engine],
  program: Program,
  inputs: Readonly<Record<string, HostValues>>,
): Promise<void> {
  const [own, other] = await Promise.all(
    engines.map((engine) => attempt(`${id}: Compiling ${program.name}`, () => compiled(engine, program))),
  );
  if (own === undefined || other === undefined) return;
  const actual = await attempt(`${id}: Running ${program.name}`, () => own.run(inputs));
  const expected = await other.run(inputs);
  const names = program.outputs.map(({ name }) => name);
  check(
    Object.keys(actual).join() === names.join(),
    `${id}: The program ${program.name} gives ${Object.keys(actual).join(', ')}, not ${names.join(', ')}.`,
  );
  for (const name of names) {
    const [values, wanted] = [actual[name] ?? [], expected[name] ?? []];
    const off = distance(values, wanted) / Math.max(1, norm(wanted));
    check(
      off <= TOLERANCE,
      `${id}: The program ${program.name} gives another ${name} than ${engines[1].id} (relative distance ${off.toPrecision(2)}).`,
    );
  }
  const again = await own.run(inputs);
  const repeated = names.every((name) => same(again[name] ?? [], actual[name] ?? []));
  check(repeated, `${id}: The program ${program.name} gives other bits when it is run again.`);
  await own.dispose();
  await other.dispose();
}
