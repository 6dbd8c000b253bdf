import type { Task } from '../data/task.js';
import type { Configured } from '../options/configured.js';
import type { OptionsSchema } from '../options/schema.js';
import type { Model, ModelContext } from './model.js';

/** A student or teacher architecture. */
export interface ModelDefinition<Options = never> {
  readonly id: string;
  readonly task: Task;
  readonly schema: OptionsSchema;
  create(options: Options, context: ModelContext): Model;
}

/** An architecture with its options. */
export type ConfiguredModel = Configured<ModelDefinition>;

/** Builds a model for a vocabulary and a length. */
export function buildModel({ definition, options }: ConfiguredModel, context: ModelContext): Model {
  return definition.create(options as never, context);
}
