import type { ContainerModuleLoadOptions } from 'inversify';
import type { FromSchema, JSONSchema } from 'json-schema-to-ts';
import type { Dataset, DatasetContext, Task, Tokenizer } from '../data/dataset.js';
import type { DistillationContext, MetaOptimizer } from '../distill/meta-optimizer.js';
import type { EngineDefinition } from '../engine/engine.js';
import type { MetricAccumulator } from '../evaluation/metric.js';
import type { Reporter } from '../report/reporter.js';
import type { Model, ModelContext } from '../model/model.js';
import type { Optimizer } from '../optimizer/optimizer.js';

/** JSON schema of a contribution's options: an object schema written `as const`, so that the options' type follows from it. */
export interface OptionsSchema {
  readonly type: 'object';
  readonly properties?: Readonly<Record<string, JSONSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
}

/** The options that a schema describes; those with a default are always there. */
export type Options<Schema> = Schema extends JSONSchema ? FromSchema<Schema> : never;

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
  /** Makes the tokenizer of a dataset again, without its files: from what it {@link Tokenizer.saved} and from the vocabulary. */
  readonly restoreTokenizer?: (saved: unknown, vocabulary: readonly string[]) => Tokenizer;
}

/** A metric, asked for as `id` or, with a cutoff, `id@k`. */
export interface MetricDefinition {
  readonly id: string;
  readonly tasks: readonly Task[];
  /** `required`: only `id@k` exists; `none`: only `id` does. */
  readonly cutoff: 'required' | 'none';
  readonly smallerIsBetter: boolean;
  /** True where the metric counts characters: datasets that do not say how many their tokens stand for are refused. */
  readonly needsCharacters?: boolean;
  /** @param cutoff - k, or 0 where there is none. */
  start(cutoff: number): MetricAccumulator;
}

/** A way to find out how a summary should change. */
export interface MetaOptimizerDefinition<Options = unknown> {
  readonly id: string;
  readonly schema: OptionsSchema;
  create(options: Options, context: DistillationContext): Promise<MetaOptimizer>;
}

/** A way to train: see {@link Optimizer} for what it builds. */
export interface OptimizerDefinition<Options = unknown> {
  readonly id: string;
  readonly schema: OptionsSchema;
  create(options: Options): Optimizer;
}

/** Something that follows a run; made once per experiment. */
export interface ReporterDefinition {
  readonly id: string;
  create(): Reporter;
}

/** Declares a model; its options are typed from its schema. */
export function defineModel<const S extends OptionsSchema>(definition: {
  readonly id: string;
  readonly task: Task;
  readonly schema: S;
  readonly create: (options: Options<S>, context: ModelContext) => Model;
}): ModelDefinition<Options<S>> {
  return Object.freeze({ ...definition });
}

/** Declares a dataset; its options are typed from its schema. */
export function defineDataset<const S extends OptionsSchema>(definition: {
  readonly id: string;
  readonly task: Task;
  readonly schema: S;
  readonly load: (options: Options<S>, context: DatasetContext) => Promise<Dataset>;
  readonly restoreTokenizer?: (saved: unknown, vocabulary: readonly string[]) => Tokenizer;
}): DatasetDefinition<Options<S>> {
  return Object.freeze({ ...definition });
}

/** Declares a metric. */
export function defineMetric(definition: MetricDefinition): MetricDefinition {
  return Object.freeze({ ...definition });
}

/** Declares a meta-optimizer; its options are typed from its schema. */
export function defineMetaOptimizer<const S extends OptionsSchema>(definition: {
  readonly id: string;
  readonly schema: S;
  readonly create: (options: Options<S>, context: DistillationContext) => Promise<MetaOptimizer>;
}): MetaOptimizerDefinition<Options<S>> {
  return Object.freeze({ ...definition });
}

/** Declares an optimizer; its options are typed from its schema. */
export function defineOptimizer<const S extends OptionsSchema>(definition: {
  readonly id: string;
  readonly schema: S;
  readonly create: (options: Options<S>) => Optimizer;
}): OptimizerDefinition<Options<S>> {
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
  readonly metaOptimizers?: readonly MetaOptimizerDefinition<never>[];
  readonly optimizers?: readonly OptimizerDefinition<never>[];
  readonly engines?: readonly EngineDefinition[];
  readonly reporters?: readonly ReporterDefinition[];
  /** The way into the container for anything else. */
  readonly services?: (options: ContainerModuleLoadOptions) => void;
}

/** Declares a plugin. */
export function definePlugin(plugin: Plugin): Plugin {
  return Object.freeze({ ...plugin });
}
