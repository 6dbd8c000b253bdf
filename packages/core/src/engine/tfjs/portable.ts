import * as tf from '@tensorflow/tfjs-core';
import { tfjsEngine } from './backends.js';

/** In Node.js these compute on one thread: the wasm backend has threads in browsers only. */
const threads = (): number => 1;
const describe = (backend: string) => (): string => `${backend} backend of TensorFlow.js ${tf.version_core}`;

/** WebAssembly with SIMD. */
export const tfjsWasmEngine = tfjsEngine({
  id: 'tfjs-wasm',
  backend: 'wasm',
  install: 'npm install @tensorflow/tfjs-backend-wasm@4.22.0',
  load: () => import('@tensorflow/tfjs-backend-wasm'),
  describe: describe('wasm'),
  threads,
});

/** Plain JavaScript. */
export const tfjsCpuEngine = tfjsEngine({
  id: 'tfjs-cpu',
  backend: 'cpu',
  install: 'npm install @tensorflow/tfjs-backend-cpu@4.22.0',
  load: () => import('@tensorflow/tfjs-backend-cpu'),
  describe: describe('cpu'),
  threads,
});
