import { definePlugin, type EngineDefinition, type EngineTensors, OnnxEngine, onnxEngine, onnxRuntime, type Program } from '@farzi/core';

/** ONNX Runtime on the CPU, which says on stderr which programs it compiles and how often each ran. */
class ChattyEngine extends OnnxEngine {
  override async compile(program: Program) {
    const executable = await super.compile(program);
    let runs = 0;
    return {
      run: (inputs: EngineTensors) => {
        runs += 1;
        return executable.run(inputs);
      },
      dispose: async () => {
        process.stderr.write(`${program.name}: ${program.nodes.length} nodes, ${runs} runs\n`);
        await executable.dispose();
      },
    };
  }
}

export const myContribution: EngineDefinition = {
  id: 'my-contribution',
  check: () => onnxEngine.check(),
  create: async ({ threads }) => new ChattyEngine('my-contribution', await onnxRuntime(), 'cpu', threads),
};

export default definePlugin({ name: 'my-package', core: '>=0.1.0 <1.0.0', engines: [myContribution] });
