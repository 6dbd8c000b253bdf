import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { reasonOf } from '../../errors.js';
import type { Availability, EngineDefinition, EngineOptions } from '../engine.js';
import { gpuObstacle } from '../nvidia.js';
import { firstLine } from '../reason.js';
import { OnnxEngine } from './engine.js';
import { type OnnxRuntime, onnxRuntime, onnxRuntimeVersion } from './runtime.js';
import { tryOut } from './try-out.js';

const ID = 'onnx-cuda';
/** The provider is not inside the npm package: the package's install script downloads it. */
const install = 'ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node';
const PROVIDER_LIBRARY = 'libonnxruntime_providers_cuda.so';

/** Looked for before anything is loaded, because ONNX Runtime itself writes to stderr when the library is missing. */
function providerObstacle({ listSupportedBackends }: OnnxRuntime): string | undefined {
  if (!listSupportedBackends().some(({ name }) => name === 'cuda'))
    return `The package ${onnxRuntimeVersion()} has no CUDA provider on ${process.platform} ${process.arch}.`;
  const folder = join(
    dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')),
    'bin',
    'napi-v6',
    process.platform,
    process.arch,
  );
  return existsSync(join(folder, PROVIDER_LIBRARY)) ? undefined : `The library ${PROVIDER_LIBRARY} is not in ${folder}.`;
}

async function check(): Promise<Availability> {
  const noGpu = gpuObstacle();
  if (noGpu !== undefined) return { usable: false, reason: noGpu, install };
  try {
    const runtime = await onnxRuntime();
    const noProvider = providerObstacle(runtime);
    if (noProvider !== undefined) return { usable: false, reason: noProvider, install };
    await tryOut(new OnnxEngine(ID, runtime, 'cuda', 1));
    return { usable: true, version: `${onnxRuntimeVersion()} with its CUDA provider` };
  } catch (error) {
    return { usable: false, reason: `No session with the CUDA provider can be made: ${reasonOf(firstLine(error))}.`, install };
  }
}

/**
 * ONNX Runtime with its CUDA provider.
 *
 * Values do not stay on the device between runs. onnxruntime-node 1.30 keeps outputs on a device
 * (`preferredOutputLocation: 'gpu-buffer'`) for WebGPU only: its binding knows no memory but the CPU's and
 * `WebGPU_Buf`, and cannot download from that either. So each run copies its inputs to the GPU and its outputs back;
 * `tfjs-node-gpu` copies only what is downloaded. See docs/gpu.md.
 */
export const onnxCudaEngine: EngineDefinition = {
  id: ID,
  check,
  create: async ({ threads }: EngineOptions) => new OnnxEngine(ID, await onnxRuntime(), 'cuda', threads),
};
