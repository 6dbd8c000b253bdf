import { reasonOf } from '../../errors.js';
import { type Availability, BITS_VARY, type Engine, type EngineDefinition, type EngineOptions } from '../engine.js';
import { gpus } from '../gpu.js';
import { firstLine } from '../reason.js';
import { OnnxEngine, type OnnxEngineOptions } from './engine.js';
import { onnxRuntime, onnxRuntimeVersion } from './runtime.js';
import { tryOut } from './try-out.js';
import { deterministicWebGpuLowerings, webGpuLowerings } from './webgpu-lowerings.js';

/** Vulkan drivers that compute on the CPU, by how their files are called. */
const SOFTWARE = /swiftshader|lvp|lavapipe|llvmpipe/i;

/** The driver that a user has told Vulkan's loader to take, if it computes on the CPU. */
function softwareDriver(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const files = environment['VK_DRIVER_FILES'] ?? environment['VK_ICD_FILENAMES'];
  return files !== undefined && SOFTWARE.test(files) ? files : undefined;
}

/** What a driver of Vulkan wants that containers and servers often lack. */
const LOADERS = 'apt-get install libvulkan1 libgl1 libegl1 (in a container also set NVIDIA_DRIVER_CAPABILITIES=all)';

/** @param remark - on the version: part of what numbers depend on */
async function check(forAuto: boolean, remark: string): Promise<Availability> {
  try {
    const { listSupportedBackends } = await onnxRuntime();
    if (!listSupportedBackends().some(({ name }) => name === 'webgpu'))
      return {
        usable: false,
        reason: `The package ${onnxRuntimeVersion()} has no WebGPU provider on ${process.platform} ${process.arch}.`,
      };
    const software = softwareDriver();
    const [gpu] = software === undefined ? gpus() : [];
    // without a GPU there may be a driver that computes on the CPU: it is tried only where the user has named it
    if (gpu === undefined && software === undefined) return { usable: false, reason: 'There is no GPU here that WebGPU could use.' };
    // starting such a driver takes a while, and it may write to stderr
    if (gpu !== undefined || !forAuto) await tryOut(new OnnxEngine('onnx-webgpu', await onnxRuntime(), 'webgpu', 1, { strict: true }));
    const version = `${onnxRuntimeVersion()} with its WebGPU provider (${gpu ?? software})${remark}`;
    return {
      usable: true,
      version,
      ...(gpu === undefined ? { onlyByName: 'Its driver computes on the CPU, more slowly than onnx.' } : {}),
    };
  } catch (error) {
    const reason = reasonOf(firstLine(error));
    if (!reason.includes('No supported adapters'))
      return { usable: false, reason: `No session with the WebGPU provider can be made: ${reason}.` };
    return {
      usable: false,
      reason: 'WebGPU finds no GPU whose driver works.',
      ...(process.platform === 'linux' ? { install: LOADERS } : {}),
    };
  }
}

const engine = (id: string, options: OnnxEngineOptions, remark = ''): EngineDefinition => ({
  id,
  check: (forAuto = false) => check(forAuto, remark),
  create: async ({ threads }: EngineOptions): Promise<Engine> => new OnnxEngine(id, await onnxRuntime(), 'webgpu', threads, options),
});

/**
 * ONNX Runtime with its WebGPU provider: any GPU with Vulkan, Direct3D 12 or Metal, without CUDA. Values stay on the GPU
 * between runs. Sums over rows that share an id are made by atomic additions: bits vary from run to run.
 */
export const onnxWebGpuEngine = engine('onnx-webgpu', { lowerings: webGpuLowerings }, `, ${BITS_VARY}`);

const deterministic = engine('onnx-webgpu-deterministic', { lowerings: deterministicWebGpuLowerings });

/** The same with sums as products, which take more memory: every run gives the same bits. */
export const onnxWebGpuDeterministicEngine: EngineDefinition = {
  ...deterministic,
  check: async (forAuto) => {
    const availability = await deterministic.check(forAuto);
    return availability.usable ? { onlyByName: 'It is slower than onnx-webgpu.', ...availability } : availability;
  },
};
