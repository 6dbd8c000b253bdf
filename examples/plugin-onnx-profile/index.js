/**
 * Where does the time go? An engine as a Farzi plugin: ONNX Runtime, with a clock for every program, and a reporter
 * that writes what it found into the run directory.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin, OnnxEngine, onnxEngine, onnxRuntime, onnxRuntimeVersion } from '@farzi/core';

/** @typedef {{ runs: number, milliseconds: number, nodes: number }} Timing */

/** @type {Map<string, Timing>} */
const timings = new Map();

class ProfilingEngine extends OnnxEngine {
  /** @override @param {import('@farzi/core').Program} program */
  async compile(program) {
    const executable = await super.compile(program);
    const timing = timings.get(program.name) ?? { runs: 0, milliseconds: 0, nodes: program.nodes.length };
    timings.set(program.name, timing);
    return {
      /** @param {import('@farzi/core').EngineTensors} inputs */
      async run(inputs) {
        const started = performance.now();
        const outputs = await executable.run(inputs);
        timing.runs += 1;
        timing.milliseconds += performance.now() - started;
        return outputs;
      },
      dispose: () => executable.dispose(),
    };
  }
}

/** @type {import('@farzi/core').EngineDefinition} */
export const onnxProfile = {
  id: 'onnx-profile',
  check: () => onnxEngine.check(),
  create: async ({ threads }) => new ProfilingEngine('onnx-profile', await onnxRuntime(), 'cpu', threads),
};

/** Writes `profile.json`: programs by the time they took. @type {import('@farzi/core').ReporterDefinition} */
export const profile = {
  id: 'profile',
  create: () => ({
    onStart: () => timings.clear(),
    onFinish: async (_summary, runDirectory) => {
      if (timings.size === 0) return;
      const programs = Object.fromEntries([...timings].sort(([, a], [, b]) => b.milliseconds - a.milliseconds));
      await writeFile(join(runDirectory, 'profile.json'), `${JSON.stringify({ runtime: onnxRuntimeVersion(), programs }, null, 2)}\n`);
    },
  }),
};

export default definePlugin({ name: 'farzi-example-onnx-profile', core: '>=0.1.0 <1.0.0', engines: [onnxProfile], reporters: [profile] });
