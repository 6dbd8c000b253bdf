import * as tf from '@tensorflow/tfjs-core';
import { activeBackend } from '../../program/backend.js';
import type { EngineDefinition } from '../engine.js';
import { TfjsEngine } from './engine.js';

interface TfjsBackend {
  readonly id: string;
  readonly backend: string;
  readonly install: string;
  /** Imports the package, which registers its backend. */
  load(): Promise<unknown>;
}

const backends: readonly TfjsBackend[] = [
  {
    id: 'tfjs-wasm',
    backend: 'wasm',
    install: 'npm install @tensorflow/tfjs-backend-wasm@4.22.0',
    load: () => import('@tensorflow/tfjs-backend-wasm'),
  },
  {
    id: 'tfjs-cpu',
    backend: 'cpu',
    install: 'npm install @tensorflow/tfjs-backend-cpu@4.22.0',
    load: () => import('@tensorflow/tfjs-backend-cpu'),
  },
];

/** In Node.js TensorFlow.js computes on one thread: its wasm backend has threads in browsers only. */
const THREADS = 1;

/** Loads a backend and initialises it without leaving it active. */
async function initialise({ backend, load }: TfjsBackend): Promise<void> {
  const previous = activeBackend();
  await load();
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js could not initialise its ${backend} backend`);
  if (previous !== undefined) await tf.setBackend(previous);
}

/** TensorFlow.js' own backends, as engines that replay programs. */
export const tfjsEngines: readonly EngineDefinition[] = backends.map((each) => ({
  id: each.id,
  check: async () => {
    try {
      await initialise(each);
      return { usable: true, version: `${each.backend} backend of TensorFlow.js ${tf.version_core}` };
    } catch (error) {
      return { usable: false, reason: String(error), install: each.install };
    }
  },
  create: async () => {
    await initialise(each);
    return new TfjsEngine(each.id, each.backend, THREADS);
  },
}));
