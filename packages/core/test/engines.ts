import { type EngineDefinition, isForAuto } from '../src/engine/engine.js';
import { builtInEngines } from '../src/engine/built-in.js';

type Engines = readonly (readonly [id: string, definition: EngineDefinition])[];

const available = await Promise.all(builtInEngines.map(async (definition) => [definition, await definition.check()] as const));

/** The engines that work on this machine, by id: what conformance tests run on. */
export const usableEngines: Engines = available.flatMap(([definition, { usable }]) =>
  usable ? [[definition.id, definition] as const] : [],
);

/** Those of them that `auto` may take: without a GPU whose driver computes on the CPU, where each program takes a while. */
export const quickEngines: Engines = available.flatMap(([definition, availability]) =>
  isForAuto(availability) ? [[definition.id, definition] as const] : [],
);
