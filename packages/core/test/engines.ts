import { builtInEngines } from '../src/engine/built-in.js';
import { type EngineDefinition, isForAuto } from '../src/engine/engine.js';
import { surveyEngines } from '../src/engine/select.js';

type Engines = readonly (readonly [id: string, definition: EngineDefinition])[];

// one after the other: what TensorFlow.js computes with is the process's
const survey = await surveyEngines(builtInEngines);
const available = survey.map(({ availability }, index) => [builtInEngines[index] as EngineDefinition, availability] as const);

/** The engines that work on this machine, by id: what conformance tests run on. */
export const usableEngines: Engines = available.flatMap(([definition, { usable }]) =>
  usable ? [[definition.id, definition] as const] : [],
);

/** Those of them that `auto` may take: without a GPU whose driver computes on the CPU, where each program takes a while. */
export const quickEngines: Engines = available.flatMap(([definition, availability]) =>
  isForAuto(availability) ? [[definition.id, definition] as const] : [],
);
