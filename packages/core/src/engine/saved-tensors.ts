import type { SavedTensor, SavedTensors } from '../storage/safetensors.js';
import type { Engine, EngineTensor, EngineTensors } from './engine.js';

/** Copies of an engine's values, as they are written to a checkpoint. */
export async function saveTensors(engine: Engine, tensors: EngineTensors): Promise<Record<string, SavedTensor>> {
  const saved: Record<string, SavedTensor> = {};
  for (const [name, tensor] of Object.entries(tensors))
    saved[name] = { shape: [...tensor.shape], values: (await engine.download(tensor)).slice() };
  return saved;
}

/** Brings saved values back to an engine. */
export function restoreTensors(engine: Engine, saved: SavedTensors): Record<string, EngineTensor> {
  return Object.fromEntries(Object.entries(saved).map(([name, { shape, values }]) => [name, engine.upload(values, shape)]));
}

/** The same values, each name with a prefix. */
export function prefixed<T>(prefix: string, tensors: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}${name}`, tensor]));
}

/** The values whose names have a prefix, without it. */
export function withPrefix(prefix: string, tensors: SavedTensors): SavedTensors {
  return Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [])),
  );
}
