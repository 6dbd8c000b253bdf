import type { EngineDefinition } from '../src/engine/engine.js';
import { builtInEngines } from '../src/engine/built-in.js';

/** The engines that work on this machine, by id: what conformance tests run on. */
export const usableEngines: readonly (readonly [id: string, definition: EngineDefinition])[] = await usable();

async function usable(): Promise<[string, EngineDefinition][]> {
  const found: [string, EngineDefinition][] = [];
  for (const definition of builtInEngines) if ((await definition.check()).usable) found.push([definition.id, definition]);
  return found;
}
