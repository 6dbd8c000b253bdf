import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { reasonOf } from '../../errors.js';
import { type Availability, BITS_VARY, type EngineDefinition, type EngineOptions } from '../engine.js';
import { gpus } from '../gpu.js';
import { gpuObstacle } from '../nvidia.js';
import { firstLine } from '../reason.js';
import { OnnxEngine } from './engine.js';
import { type OnnxRuntime, onnxRuntime, onnxRuntimeVersion } from './runtime.js';
import { tryOut } from './try-out.js';

const ID = 'onnx-cuda';
/** The provider is not inside the npm package: the package's install script downloads it. */
const install = 'ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node';
const PROVIDER_LIBRARY = 'libonnxruntime_providers_cuda.so';
/**
 * cuBLAS asks for it when it is loaded. ONNX Runtime multiplies in TF32 where the GPU can, with 10 bits in place of 23:
 * meta-gradients are then off by a thousandth to a fifth.
 */
const TF32_SWITCH = 'NVIDIA_TF32_OVERRIDE';

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

/** Products are in float32 unless the user has set `NVIDIA_TF32_OVERRIDE`. */
function cudaEngine(runtime: OnnxRuntime, threads: number): OnnxEngine {
  process.env[TF32_SWITCH] ??= '0';
  return new OnnxEngine(ID, runtime, 'cuda', threads);
}

async function check(): Promise<Availability> {
  const noGpu = gpuObstacle();
  if (noGpu !== undefined) return { usable: false, reason: noGpu, install };
  try {
    const runtime = await onnxRuntime();
    const noProvider = providerObstacle(runtime);
    if (noProvider !== undefined) return { usable: false, reason: noProvider, install };
    await tryOut(cudaEngine(runtime, 1));
    return { usable: true, version: `${onnxRuntimeVersion()} with its CUDA provider (${gpus()[0] ?? 'a GPU'}), ${BITS_VARY}` };
  } catch (error) {
    return { usable: false, reason: `No session with the CUDA provider can be made: ${reasonOf(firstLine(error))}.`, install };
  }
}

/**
 * ONNX Runtime with its CUDA provider. Sums over rows that share an id are made by atomic additions: bits vary from run to
 * run.
 *
 * Values do not stay on the device between runs. onnxruntime-node 1.30 keeps outputs on a device
 * (`preferredOutputLocation: 'gpu-buffer'`) for WebGPU only: its binding knows no memory but the CPU's and
 * `WebGPU_Buf`, and cannot download from that either. So each run copies its inputs to the GPU and its outputs back;
 * `tfjs-node-gpu` copies only what is downloaded. See docs/gpu.md.
 */
export const onnxCudaEngine: EngineDefinition = {
  id: ID,
  check,
  create: async ({ threads }: EngineOptions) => cudaEngine(await onnxRuntime(), threads),
};
