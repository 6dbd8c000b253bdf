import { reasonOf } from '../../errors.js';
import type { EngineDefinition, EngineOptions } from '../engine.js';
import { firstLine } from '../reason.js';
import { OnnxEngine } from './engine.js';

const load = () => import('onnxruntime-web');

/**
 * ONNX Runtime as WebAssembly: the same programs where there is no native one, such as on Alpine and Intel Macs. The
 * first engine of a process settles how many threads there are.
 */
export const onnxWebEngine: EngineDefinition = {
  id: 'onnx-web',
  check: async () => {
    try {
      const { env } = await load();
      return { usable: true, version: `onnxruntime-web ${env.versions.web ?? ''}, WebAssembly` };
    } catch (error) {
      return {
        usable: false,
        reason: `The package onnxruntime-web cannot be loaded: ${reasonOf(firstLine(error))}.`,
        install: 'npm install onnxruntime-web',
      };
    }
  },
  create: async ({ threads }: EngineOptions) => {
    const runtime = await load();
    runtime.env.wasm.numThreads ??= threads;
    return new OnnxEngine('onnx-web', runtime, 'wasm', runtime.env.wasm.numThreads);
  },
};
