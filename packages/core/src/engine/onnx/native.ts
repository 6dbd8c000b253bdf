import { reasonOf } from '../../errors.js';
import type { EngineDefinition, EngineOptions } from '../engine.js';
import { OnnxEngine } from './engine.js';
import { onnxRuntime, onnxRuntimeVersion } from './runtime.js';

/** ONNX Runtime on the CPU, the default: each program becomes one optimised session. */
export const onnxEngine: EngineDefinition = {
  id: 'onnx',
  check: async () => {
    try {
      await onnxRuntime();
      return { usable: true, version: onnxRuntimeVersion() };
    } catch (error) {
      return {
        usable: false,
        reason: `The package onnxruntime-node cannot be loaded: ${reasonOf(error)}.`,
        install: 'npm install onnxruntime-node',
      };
    }
  },
  create: async ({ threads }: EngineOptions) => new OnnxEngine('onnx', await onnxRuntime(), 'cpu', threads),
};
