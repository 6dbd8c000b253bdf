import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { gpuHindrance } from '../nvidia.js';
import { tfjsEngine, type Hindrance } from './backends.js';

/** Both packages register this name, so that a process has one of them. */
const BACKEND = 'tensorflow';
const VERSION = '4.22.0';
const ADDON = 'tfjs_binding.node';
/** The first version of Node without functions that the packages call: https://github.com/tensorflow/tfjs/issues/8609 */
const NODE_TOO_NEW = 23;

type NodePackage = '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu';

/** What we read of the packages' backend. */
interface NodeBackend {
  readonly isGPUPackage: boolean;
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

/** The backend that this process has loaded. */
function loaded(): NodeBackend | undefined {
  return tf.findBackendFactory(BACKEND) === null ? undefined : (tf.findBackend(BACKEND) as unknown as NodeBackend);
}

/** The folder of an installed package. */
function folderOf(name: NodePackage): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** Whether the package's native addon is where the package looks for it: in a folder named after a version of Node-API. */
function hasAddon(folder: string): boolean {
  try {
    return readdirSync(join(folder, 'lib')).some((version) => readdirSync(join(folder, 'lib', version)).includes(ADDON));
  } catch {
    return false;
  }
}

/** Found out without loading TensorFlow, which takes seconds. */
function hindrance(name: NodePackage, install: string): Hindrance | undefined {
  const noGpu = name.endsWith('-gpu') ? gpuHindrance() : undefined;
  if (noGpu !== undefined) return { reason: noGpu };
  if (Number.parseInt(process.versions.node, 10) >= NODE_TOO_NEW)
    return {
      reason: `${name} ${VERSION} needs Node ${NODE_TOO_NEW - 1} or older, and this is ${process.versions.node} (tensorflow/tfjs issue 8609)`,
    };
  const other = loaded();
  if (other !== undefined && other.isGPUPackage !== name.endsWith('-gpu'))
    return { reason: `this process has loaded ${other.isGPUPackage ? 'tfjs-node-gpu' : 'tfjs-node'}, and cannot have both` };
  const folder = folderOf(name);
  if (folder === undefined) return { reason: `${name} is not installed`, install };
  if (!hasAddon(folder))
    return { reason: `${name} is installed without its native addon (no ${ADDON} in ${join(folder, 'lib')})`, install };
  return undefined;
}

/** TensorFlow's C library with the packages' addon: an optional peer dependency, which no part of this package needs. */
function nodeEngine(id: string, name: NodePackage, install: string) {
  return tfjsEngine({
    id,
    backend: BACKEND,
    install,
    hindrance: () => hindrance(name, install),
    load: () => import(name),
    describe: () => {
      const backend = loaded();
      if (backend?.isGPUPackage === true && !backend.isUsingGpuDevice)
        throw new Error('TensorFlow sees no GPU that it can use: it needs CUDA 11.2 and cuDNN 8.1');
      return `${name} ${VERSION} on libtensorflow ${backend?.binding.TF_Version ?? 'of an unknown version'}`;
    },
    // TensorFlow reads this variable when it is loaded, and else uses every core
    threads: () => Number(process.env['TF_NUM_INTRAOP_THREADS'] ?? 0) || availableParallelism(),
  });
}

/** TensorFlow on a GPU. Values stay on it until they are downloaded. */
export const tfjsNodeGpuEngine = nodeEngine(
  'tfjs-node-gpu',
  '@tensorflow/tfjs-node-gpu',
  `npm install @tensorflow/tfjs-node-gpu@${VERSION} (downloads libtensorflow)`,
);

/** TensorFlow on the CPU. */
export const tfjsNodeEngine = nodeEngine(
  'tfjs-node',
  '@tensorflow/tfjs-node',
  `npm install @tensorflow/tfjs-node@${VERSION} (downloads libtensorflow; without: docs/air-gapped.md)`,
);
