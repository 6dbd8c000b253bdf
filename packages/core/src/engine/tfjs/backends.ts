import * as tf from '@tensorflow/tfjs-core';
import type { EngineDefinition } from '../engine.js';
import { TfjsEngine } from './engine.js';

interface TfjsBackend {
  readonly id: string;
  readonly backend: string;
  readonly install: string;
  readonly singleThreaded: boolean;
  /** Imports the package, which registers its backend. */
  load(threads: number): Promise<void>;
}

const backends: readonly TfjsBackend[] = [
  {
    id: 'tfjs-wasm',
    backend: 'wasm',
    install: 'npm install @tensorflow/tfjs-backend-wasm@4.22.0',
    singleThreaded: false,
    load: async (threads) => {
      const wasm = await import('@tensorflow/tfjs-backend-wasm');
      wasm.setThreadsCount(threads);
    },
  },
  {
    id: 'tfjs-cpu',
    backend: 'cpu',
    install: 'npm install @tensorflow/tfjs-backend-cpu@4.22.0',
    singleThreaded: true,
    load: async () => {
      await import('@tensorflow/tfjs-backend-cpu');
    },
  },
];

/** Loads a backend and initialises it without leaving it active. */
async function initialise({ backend, load }: TfjsBackend, threads: number): Promise<void> {
  const previous = tf.getBackend();
  await load(threads);
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js could not initialise its ${backend} backend`);
  if (previous !== undefined && previous !== '') await tf.setBackend(previous);
}

/** TensorFlow.js' own backends, as engines that replay programs. */
export const tfjsEngines: readonly EngineDefinition[] = backends.map((each) => ({
  id: each.id,
  check: async () => {
    try {
      await initialise(each, 1);
      return { usable: true, version: `${each.backend} backend of TensorFlow.js ${tf.version_core}` };
    } catch (error) {
      return { usable: false, reason: String(error), install: each.install };
    }
  },
  create: async ({ threads }) => {
    await initialise(each, threads);
    return new TfjsEngine(each.id, each.backend, each.singleThreaded ? 1 : threads);
  },
}));
