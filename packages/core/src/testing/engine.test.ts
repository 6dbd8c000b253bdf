import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { quickEngines } from '../../test/engines.js';
import type { Engine, EngineDefinition, EngineTensor, EngineTensors, Executable } from '../engine/engine.js';
import { onnxEngine } from '../engine/onnx/native.js';
import type { Program } from '../program/node.js';
import { checkEngine } from './engine.js';

it.each(quickEngines)('%s keeps the contract', async (_id, definition) => {
  await expect(checkEngine(definition)).resolves.toBeUndefined();
});

/** The engine `onnx` under another id, with some of its methods changed. */
function engine(change: (inner: Engine) => Partial<Engine>): EngineDefinition {
  return {
    id: 'broken',
    check: () => Promise.resolve({ usable: true, version: '1' }),
    create: async (options) => {
      const inner = await onnxEngine.create(options);
      const sound: Engine = {
        id: 'broken',
        threads: 1,
        compile: (program) => inner.compile(program),
        upload: (...given) => inner.upload(...given),
        download: (tensor) => inner.download(tensor),
        dispose: () => inner.dispose(),
      };
      return { ...sound, ...change(inner) };
    },
  };
}
type Outputs = Record<string, EngineTensor>;

/** An engine whose programs are run in another way. */
const running = (run: (sound: Executable, inputs: EngineTensors, program: Program, inner: Engine) => Promise<Outputs>): EngineDefinition =>
  engine((inner) => ({
    compile: async (program: Program): Promise<Executable> => {
      const executable = await inner.compile(program);
      return { run: (inputs) => run(executable, inputs, program, inner), dispose: () => executable.dispose() };
    },
  }));

/** Adds to the first number of every float32 output. */
async function nudged(inner: Engine, outputs: Outputs, by: number): Promise<Outputs> {
  const moved = Object.entries(outputs).map(async ([name, tensor]) => {
    const values = (await inner.download(tensor)).slice();
    values[0] = (values[0] ?? 0) + by;
    return [name, inner.upload(values, tensor.shape)] as const;
  });
  return Object.fromEntries(await Promise.all(moved));
}
const uses = (program: Program, op: string): boolean => program.nodes.some((node) => node.op === op);

describe('checkEngine finds an engine', () => {
  let runs = 0;
  const rows: readonly (readonly [string, EngineDefinition, string | RegExp])[] = [
    [
      'that cannot be used here',
      { ...onnxEngine, check: () => Promise.resolve({ usable: false, reason: 'There is no device.' }) },
      'onnx: The engine cannot be used here. There is no device.',
    ],
    ['under another id', { ...onnxEngine, id: 'other' }, 'other: The engine says that it is onnx.'],
    [
      'that rounds integers',
      engine((inner) => ({
        upload: (values, shape) => inner.upload(values instanceof Int32Array ? Int32Array.from(Float32Array.from(values)) : values, shape),
      })),
      'broken: A value (int32 values) came back as other numbers.',
    ],
    [
      'that loses shapes',
      engine((inner) => ({ upload: (values) => inner.upload(values, [values.length]) })),
      'broken: A value (a float32 matrix) of shape [2, 3] became float32 [6].',
    ],
    ['that writes into earlier outputs', writingIntoOutputs(), 'broken: An output changes when the program runs again.'],
    [
      'that writes into inputs',
      running(async (sound, inputs, _program, inner) => {
        const outputs = await sound.run(inputs);
        for (const tensor of Object.values(inputs)) (await inner.download(tensor)).fill(0);
        return outputs;
      }),
      /^broken: (An output changes|An input changes)/,
    ],
    [
      'that runs without an input',
      running((sound, inputs, program, inner) => {
        const given = program.inputs.map((input) => [String(input.attributes['name']), inner.upload(new Float32Array(3), [3])] as const);
        return sound.run({ ...Object.fromEntries(given), ...inputs });
      }),
      'broken: Given an input that is missing, run gives nothing, not FARZI_ENGINE_FAILED.',
    ],
    [
      'whose errors have no code',
      running((sound, inputs) =>
        sound.run(inputs).catch(() => {
          throw new TypeError('undefined is not a function');
        }),
      ),
      'broken: Given an input that is missing, run gives TypeError: undefined is not a function, not FARZI_ENGINE_FAILED.',
    ],
    [
      'that throws instead of rejecting',
      running((sound, inputs) => {
        if (Object.keys(inputs).length === 0) throw new TypeError('no inputs');
        return sound.run(inputs);
      }),
      'broken: Given an input that is missing, run does not reject but throws TypeError: no inputs',
    ],
    [
      'that cannot be interrupted',
      running(async (sound, inputs, program, inner) => {
        const { x } = inputs;
        if (program.name !== 'giving turns' || x === undefined) return sound.run(inputs);
        const values = await inner.download(x);
        return {
          x: inner.upload(values, [3]),
          twice: inner.upload(
            Float32Array.from(values, (each) => 2 * each),
            [3],
          ),
        };
      }),
      'broken: A run gives the event loop no turn, so that a long job cannot be interrupted.',
    ],
    [
      'with a wrong op',
      running(async (sound, inputs, program, inner) => {
        const outputs = await sound.run(inputs);
        return uses(program, 'Erf') ? nudged(inner, outputs, 0.01) : outputs;
      }),
      /^broken: The program erf gives another y than onnx \(relative distance 0\.00/,
    ],
    [
      'that loses an output',
      running(async (sound, inputs, program) => {
        const { y, ...others } = await sound.run(inputs);
        return program.name === 'exp' || y === undefined ? others : { y, ...others };
      }),
      'broken: The program exp gives g0, h0, not y, g0, h0.',
    ],
    [
      'that gives other bits every time',
      running(async (sound, inputs, program, inner) => {
        const outputs = await sound.run(inputs);
        return program.name === 'tanh' ? nudged(inner, outputs, 1e-5 * runs++) : outputs;
      }),
      'broken: The program tanh gives other bits when it is run again.',
    ],
    [
      'that is wrong in large programs only',
      running(async (sound, inputs, program, inner) => {
        const outputs = await sound.run(inputs);
        return program.name.startsWith('random program') ? nudged(inner, outputs, 0.1) : outputs;
      }),
      'broken: The program random program 1 gives another last than onnx',
    ],
    [
      'that trains in another way',
      running(async (sound, inputs, program, inner) => {
        const outputs = await sound.run(inputs);
        return program.name.endsWith('reverse step') ? nudged(inner, outputs, 0.1) : outputs;
      }),
      'broken: Training a toy gives other meta-gradients in latents than onnx',
    ],
    [
      'that keeps tensors',
      running((sound, inputs) => {
        tf.keep(tf.scalar(1));
        return sound.run(inputs);
      }),
      /^broken: Training keeps \d+ more tensors of TensorFlow.js every time/,
    ],
  ];
  it.each(rows)('%s', async (_name, definition, message) => {
    await expect(checkEngine(definition)).rejects.toThrow(message);
  });
});

/** Keeps one array per output and writes every run's numbers into it. */
function writingIntoOutputs(): EngineDefinition {
  return engine((inner) => ({
    compile: async (program: Program): Promise<Executable> => {
      const executable = await inner.compile(program);
      const kept: Outputs = {};
      return {
        async run(inputs) {
          for (const [name, tensor] of Object.entries(await executable.run(inputs))) {
            const known = (kept[name] ??= tensor);
            (await inner.download(known)).set(await inner.download(tensor));
          }
          return { ...kept };
        },
        dispose: () => executable.dispose(),
      };
    },
  }));
}
