import type { EngineDefinition } from './engine.js';
import { onnxCudaEngine } from './onnx/cuda.js';
import { onnxEngine } from './onnx/native.js';
import { onnxWebEngine } from './onnx/web.js';
import { onnxWebGpuDeterministicEngine, onnxWebGpuEngine } from './onnx/webgpu.js';
import { tfjsNodeEngine, tfjsNodeGpuEngine } from './tfjs/node.js';
import { tfjsCpuEngine, tfjsWasmEngine } from './tfjs/portable.js';

/**
 * The engines that the package knows, in the order in which `auto` tries them: those on a GPU, then the fastest on the
 * CPU. Not all of them work everywhere.
 */
export const builtInEngines: readonly EngineDefinition[] = [
  onnxCudaEngine,
  onnxWebGpuEngine,
  onnxWebGpuDeterministicEngine,
  tfjsNodeGpuEngine,
  onnxEngine,
  tfjsNodeEngine,
  onnxWebEngine,
  tfjsWasmEngine,
  tfjsCpuEngine,
];
