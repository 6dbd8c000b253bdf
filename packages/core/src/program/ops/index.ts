import { FarziError } from '../../errors.js';
import type { KernelRecorder, OpDefinition, OpFamily } from './definition.js';
import { after } from './after.js';
import { binary } from './binary.js';
import { comparison } from './comparison.js';
import { crossEntropy } from './cross-entropy.js';
import { cumsum } from './cumsum.js';
import { gather } from './gather.js';
import { matmul } from './matmul.js';
import { normalisation } from './normalise.js';
import { reduce } from './reduce.js';
import { shape } from './shape.js';
import { slicing } from './slicing.js';
import { softEmbeddings } from './soft-embedding.js';
import { softmax } from './softmax.js';
import { source } from './source.js';
import { unary } from './unary.js';

const families: readonly OpFamily[] = [
  source,
  unary,
  binary,
  comparison,
  reduce,
  shape,
  slicing,
  matmul,
  gather,
  softmax,
  normalisation,
  cumsum,
  after,
  crossEntropy,
  softEmbeddings,
];

/** Op definitions by name. Filled on first use: families and graph refer to each other. */
let definitions: ReadonlyMap<string, OpDefinition> | undefined;

/** Everything known about an op. */
export function definitionOf(op: string): OpDefinition {
  definitions ??= new Map(families.flatMap((family) => family.ops.map((definition) => [definition.name, definition] as const)));
  const definition = definitions.get(op);
  if (definition === undefined) throw new FarziError('FARZI_INTERNAL', `there is no op ${op}`);
  return definition;
}

/** Names of all ops. */
export function operations(): readonly string[] {
  return families.flatMap((family) => family.ops.map((definition) => definition.name));
}

/** Recorders of TensorFlow.js kernels, by kernel name. */
export function kernelRecorders(): ReadonlyMap<string, KernelRecorder> {
  return new Map(families.flatMap((family) => Object.entries(family.kernels)));
}
