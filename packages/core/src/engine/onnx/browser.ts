import { reasonOf } from '../../errors.js';
import { page } from '../../platform/page.js';
import type { EngineDefinition, EngineOptions } from '../engine.js';
import { firstLine } from '../reason.js';
import { onnxRuntimeAssets } from './assets.js';
import { OnnxEngine } from './engine.js';
import { webGpuLowerings } from './webgpu-lowerings.js';

interface WasmFlags {
  numThreads?: number | undefined;
  wasmPaths?: unknown;
}

/** The script around the WebAssembly is in the bundle; only the file itself is loaded. */
function prepare(wasm: WasmFlags, threads: number, file: string): void {
  wasm.numThreads ??= threads;
  const folder = onnxRuntimeAssets();
  if (folder !== undefined) wasm.wasmPaths = { wasm: `${folder}${file}` };
}

/** WebGPU, where the page has it. */
export const onnxWebGpuEngine: EngineDefinition = {
  id: 'onnx-webgpu',
  check: async () => {
    const gpu = page.navigator?.gpu;
    if (gpu === undefined)
      return { usable: false, reason: 'This browser has no WebGPU, or gives it to pages from https and localhost only.' };
    try {
      const adapter = await gpu.requestAdapter();
      if (adapter === null) return { usable: false, reason: 'The browser has no GPU for WebGPU.' };
      const { vendor = '', architecture = '' } = adapter.info ?? {};
      const name = `WebGPU (${`${vendor} ${architecture}`.trim() || 'of an unnamed GPU'})`;
      return { usable: true, version: name, ...(/swiftshader/i.test(architecture) ? { onlyByName: 'It computes on the CPU.' } : {}) };
    } catch (error) {
      return { usable: false, reason: `WebGPU gives no adapter: ${reasonOf(firstLine(error))}.` };
    }
  },
  create: async ({ threads }: EngineOptions) => {
    const runtime = await import('onnxruntime-web/webgpu');
    prepare(runtime.env.wasm, 1, 'ort-wasm-simd-threaded.asyncify.wasm');
    return new OnnxEngine('onnx-webgpu', runtime, 'webgpu', threads, { lowerings: webGpuLowerings });
  },
};

/** WebAssembly; with several threads where the page is isolated from others. */
export const onnxWebEngine: EngineDefinition = {
  id: 'onnx-web',
  check: () => Promise.resolve({ usable: true, version: 'WebAssembly' }),
  create: async ({ threads }: EngineOptions) => {
    const runtime = await import('onnxruntime-web/wasm');
    prepare(runtime.env.wasm, threads, 'ort-wasm-simd-threaded.wasm');
    return new OnnxEngine('onnx-web', runtime, 'wasm', runtime.env.wasm.numThreads ?? 1);
  },
};
