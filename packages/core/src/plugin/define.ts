import type { FromSchema, JSONSchema } from 'json-schema-to-ts';
import type { Dataset, DatasetContext, Task } from '../data/dataset.js';
import type { MetricAccumulator } from '../evaluation/metric.js';
import type { Model, ModelContext } from '../model/model.js';

/** JSON schema of a contribution's options: an object schema written `as const`, so that the options' type follows from it. */
export type OptionsSchema = JSONSchema & { readonly type: 'object' };

/** A student or teacher architecture. */
export interface ModelDefinition<Options = unknown> {
  readonly id: string;
  readonly task: Task;
  readonly schema: OptionsSchema;
  create(options: Options, context: ModelContext): Model;
}

/** A source of event sequences. */
export interface DatasetDefinition<Options = unknown> {
  readonly id: string;
  readonly task: Task;
  readonly schema: OptionsSchema;
  load(options: Options, context: DatasetContext): Promise<Dataset>;
}

/** A metric, asked for as `id` or, with a cutoff, `id@k`. */
export interface MetricDefinition {
  readonly id: string;
  readonly tasks: readonly Task[];
  /** `required`: only `id@k` exists; `none`: only `id` does. */
  readonly cutoff: 'required' | 'none';
  readonly smallerIsBetter: boolean;
  /** @param cutoff - k, or 0 where there is none. */
  start(cutoff: number): MetricAccumulator;
}

/** Declares a model; its options are typed from its schema. */
export function defineModel<const S extends OptionsSchema>(definition: {
  readonly id: string;
  readonly task: Task;
  readonly schema: S;
  readonly create: (options: FromSchema<S>, context: ModelContext) => Model;
}): ModelDefinition<FromSchema<S>> {
  return Object.freeze({ ...definition });
}

/** Declares a dataset; its options are typed from its schema. */
export function defineDataset<const S extends OptionsSchema>(definition: {
  readonly id: string;
  readonly task: Task;
  readonly schema: S;
  readonly load: (options: FromSchema<S>, context: DatasetContext) => Promise<Dataset>;
}): DatasetDefinition<FromSchema<S>> {
  return Object.freeze({ ...definition });
}

/** Declares a metric. */
export function defineMetric(definition: MetricDefinition): MetricDefinition {
  return Object.freeze({ ...definition });
}

/** What a plugin package exports by default. */
export interface Plugin {
  /** The npm package's name. */
  readonly name: string;
  /** Semver range of `@farzi/core` the plugin was written for. */
  readonly core: string;
  readonly models?: readonly ModelDefinition<never>[];
  readonly datasets?: readonly DatasetDefinition<never>[];
  readonly metrics?: readonly MetricDefinition[];
}

/** Declares a plugin. */
export function definePlugin(plugin: Plugin): Plugin {
  return Object.freeze({ ...plugin });
}
