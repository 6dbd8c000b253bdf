import { disposeAll, type Engine, type HostValues } from '../engine/engine.js';
import { inputName, type Program } from '../program/node.js';

/** A program on an engine, run on values of this process. */
export interface Compiled {
  run(values: Readonly<Record<string, HostValues>>): Promise<Record<string, Float32Array>>;
  dispose(): Promise<void>;
}

/** Compiles a program that is run on host values; outputs come back as float32. */
export async function compiled(engine: Engine, program: Program): Promise<Compiled> {
  const executable = await engine.compile(program);
  return {
    async run(values) {
      const inputs = Object.fromEntries(
        program.inputs.map((input) => [inputName(input), engine.upload(values[inputName(input)] ?? new Float32Array(), input.shape)]),
      );
      const outputs = await executable.run(inputs);
      const result: Record<string, Float32Array> = {};
      for (const [name, tensor] of Object.entries(outputs)) result[name] = Float32Array.from(await engine.download(tensor));
      disposeAll(inputs);
      disposeAll(outputs);
      return result;
    },
    dispose: () => executable.dispose(),
  };
}
