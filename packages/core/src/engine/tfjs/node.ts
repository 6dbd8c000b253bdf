import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import type { EngineDefinition } from '../engine.js';
import { gpuObstacle } from '../nvidia.js';
import { tfjsEngine, type Obstacle } from './backends.js';
import { folderOf, installationObstacle, NODE_PACKAGE_VERSION, type NodePackage, versionObstacle } from './node-package.js';

/** Both packages register this name, so that a process has one of them. */
const BACKEND = 'tensorflow';

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

/** Found out without loading TensorFlow. */
function obstacle(name: NodePackage, install: string): Obstacle | undefined {
  const gpu = name === '@tensorflow/tfjs-node-gpu';
  const noGpu = gpu ? gpuObstacle() : undefined;
  if (noGpu !== undefined) return { reason: noGpu, install };
  const wrongNode = versionObstacle(name, process.versions.node);
  if (wrongNode !== undefined) return { reason: wrongNode };
  const other = loaded();
  if (other !== undefined && other.isGPUPackage !== gpu)
    return { reason: `This process has loaded ${gpu ? 'tfjs-node' : 'tfjs-node-gpu'}, and cannot have both.` };
  const notInstalled = installationObstacle(name, folderOf(name));
  return notInstalled === undefined ? undefined : { reason: notInstalled, install };
}

/** @param remark - on the command that installs the package */
function nodeEngine(id: string, name: NodePackage, remark: string): EngineDefinition {
  const install = `npm install ${name}@${NODE_PACKAGE_VERSION} (${remark})`;
  return tfjsEngine({
    id,
    backend: BACKEND,
    install,
    obstacle: () => obstacle(name, install),
    load: () => import(name),
    describe: () => {
      const backend = loaded();
      if (backend?.isGPUPackage === true && !backend.isUsingGpuDevice)
        throw new Error('TensorFlow finds no GPU that it can use (libtensorflow 2.9.1 wants CUDA 11.2 and cuDNN 8.1).');
      return `${name} ${NODE_PACKAGE_VERSION} on libtensorflow ${backend?.binding.TF_Version ?? 'of an unknown version'}`;
    },
    // TensorFlow reads this variable when it is loaded, and else uses every core
    threads: () => Number(process.env['TF_NUM_INTRAOP_THREADS'] ?? 0) || availableParallelism(),
  });
}

/** TensorFlow on a GPU. Values stay on it until they are downloaded. */
export const tfjsNodeGpuEngine = nodeEngine('tfjs-node-gpu', '@tensorflow/tfjs-node-gpu', 'downloads libtensorflow');

/** TensorFlow on the CPU. */
export const tfjsNodeEngine = nodeEngine('tfjs-node', '@tensorflow/tfjs-node', 'downloads libtensorflow; without: docs/air-gapped.md');
