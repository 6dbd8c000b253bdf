import type { ContainerModuleLoadOptions } from 'inversify';
import type { Dataset, DatasetContext, DatasetDefinition, Tokenizer } from '../data/dataset.js';
import type { Task } from '../data/task.js';
import type {
  DistillationContext,
  DistillationPlan,
  DistillationSizes,
  MetaOptimizer,
  MetaOptimizerDefinition,
} from '../distill/meta-optimizer.js';
import type { Work } from '../estimate/work.js';
import type { EngineDefinition } from '../engine/engine.js';
import type { Executor, ExecutorContext, ExecutorDefinition, ServiceContext } from '../executor/executor.js';
import type { MetricDefinition } from '../evaluation/metric.js';
import type { ModelDefinition } from '../model/definition.js';
import type { Model, ModelContext } from '../model/model.js';
import type { OptimizerDefinition } from '../optimizer/definition.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import type { RateSchedule, ScheduleDefinition } from '../optimizer/schedule.js';
import { type Configurable, configurable } from '../options/configured.js';
import type { GivenOptions, Options, OptionsSchema } from '../options/schema.js';
import type { ReporterDefinition } from '../report/reporter.js';
import type { CodecDefinition, StorageCodec } from '../storage/codec.js';
import type { StoreDefinition } from '../storage/store.js';
import type { Arm, ArmContext, ArmDefinition } from '../student/arm.js';
import type { InitialisationContext, InitialisationDefinition } from '../synthetic/initialisation.js';
import type { SyntheticData } from '../synthetic/synthetic.js';
import type { TrajectoryDefinition, TrajectoryStrategy } from '../unroll/trajectory.js';

/**
 * Declares a model; its options are typed from its schema. Called with options, the result is what `distill` and
 * `trainStudent` take.
 */
export function defineModel<const S extends OptionsSchema>(definition: {
  readonly id: string;
  readonly task: Task;
  readonly schema: S;
  readonly create: (options: Options<S>, context: ModelContext) => Model;
}): Configurable<ModelDefinition<Options<S>>, GivenOptions<S>, Options<S>> {
  return configurable(definition);
}

/**
 * Declares a dataset; its options are typed from its schema. Called with options, the result is what `loadDataset`
 * takes.
 */
export function defineDataset<const S extends OptionsSchema>(definition: {
  readonly id: string;
  readonly task: Task;
  readonly schema: S;
  readonly load: (options: Options<S>, context: DatasetContext) => Promise<Dataset>;
  readonly restoreTokenizer?: (saved: unknown, vocabulary: readonly string[]) => Tokenizer;
}): Configurable<DatasetDefinition<Options<S>>, GivenOptions<S>, Options<S>> {
  return configurable(definition);
}

/** Declares a metric. */
export function defineMetric(definition: MetricDefinition): MetricDefinition {
  return Object.freeze({ ...definition });
}

/**
 * Declares a meta-optimizer; its options are typed from its schema. Called with options, the result is what `distill`
 * takes.
 */
export function defineMetaOptimizer<const S extends OptionsSchema>(definition: {
  readonly id: string;
  readonly schema: S;
  readonly innerSteps: (options: Options<S>) => number;
  readonly check?: (options: Options<S>, plan: DistillationPlan) => void;
  readonly work?: (options: Options<S>, sizes: DistillationSizes) => Work;
  readonly create: (options: Options<S>, context: DistillationContext) => Promise<MetaOptimizer>;
}): Configurable<MetaOptimizerDefinition<Options<S>>, GivenOptions<S>, Options<S>> {
  return configurable(definition);
}

/** Declares an optimizer; its options are typed from its schema. */
export function defineOptimizer<const S extends OptionsSchema>(definition: {
  readonly id: string;
  readonly schema: S;
  readonly create: (options: Options<S>) => Optimizer;
}): OptimizerDefinition<Options<S>> {
  return Object.freeze({ ...definition });
}

/** Declares a schedule of learning rates; its options are typed from its schema. */
export function defineSchedule<const S extends OptionsSchema>(definition: {
  readonly id: string;
  readonly schema: S;
  readonly create: (options: Options<S>) => RateSchedule;
}): ScheduleDefinition<Options<S>> {
  return Object.freeze({ ...definition });
}

/**
 * Declares where synthetic data start; its options are typed from its schema. Called with options, the result is what
 * `distill` takes.
 */
export function defineInitialisation<const S extends OptionsSchema>(definition: {
  readonly id: string;
  readonly schema: S;
  readonly needsTeacher: boolean;
  readonly check?: (options: Options<S>, learner: Model) => void;
  readonly create: (options: Options<S>, context: InitialisationContext) => Promise<SyntheticData>;
}): Configurable<InitialisationDefinition<Options<S>>, GivenOptions<S>, Options<S>> {
  return configurable(definition);
}

/**
 * Declares how the states of an unrolled training are found again on the way back; its options are typed from its
 * schema.
 */
export function defineTrajectory<const S extends OptionsSchema>(definition: {
  readonly id: string;
  readonly schema: S;
  readonly create: (options: Options<S>) => TrajectoryStrategy;
}): TrajectoryDefinition<Options<S>> {
  return Object.freeze({ ...definition });
}

/**
 * Declares a way to store synthetic data; its options are typed from its schema. Called with options, the result is
 * what `distill` takes.
 */
export function defineCodec<const S extends OptionsSchema>(definition: {
  readonly id: string;
  readonly schema: S;
  readonly create: (options: Options<S>) => StorageCodec;
}): Configurable<CodecDefinition<Options<S>>, GivenOptions<S>, Options<S>> {
  return configurable(definition);
}

/** Declares a kind of data that students are compared on; its options are typed from its schema. */
export function defineArm<const S extends OptionsSchema>(definition: {
  readonly id: string;
  readonly schema: S;
  readonly budget: ArmDefinition['budget'];
  readonly trainsOn?: 'real' | 'synthetic' | 'nothing';
  readonly needsTeacher?: boolean;
  readonly needsSynthetic?: boolean;
  readonly check?: (options: Options<S>, learner: Model) => void;
  readonly create: (options: Options<S>, context: ArmContext) => Arm | Promise<Arm>;
}): ArmDefinition<Options<S>> {
  return Object.freeze({ ...definition });
}

/** Declares a way to get jobs done; its options are typed from its schema. */
export function defineExecutor<const S extends OptionsSchema>(definition: {
  readonly id: string;
  readonly schema: S;
  readonly remote: boolean;
  readonly check?: (options: Options<S>) => void;
  readonly store?: (options: Options<S>) => string;
  readonly serve?: (options: Options<S>, context: ServiceContext) => Promise<void>;
  readonly create: (options: Options<S>, context: ExecutorContext) => Executor | Promise<Executor>;
}): ExecutorDefinition<Options<S>> {
  return Object.freeze({ ...definition });
}

/** Declares a kind of places where machines share the values of jobs. */
export function defineStore(definition: StoreDefinition): StoreDefinition {
  return Object.freeze({ ...definition });
}

/** What a plugin package exports by default. */
export interface Plugin {
  /** The npm package's name. */
  readonly name: string;
  /** Semver range of `@farzi/core` the plugin was written for: `>=0.1.0 <1.0.0` accepts every version before 1.0. */
  readonly core: string;
  readonly models?: readonly ModelDefinition[];
  readonly datasets?: readonly DatasetDefinition[];
  readonly metrics?: readonly MetricDefinition[];
  readonly metaOptimizers?: readonly MetaOptimizerDefinition[];
  readonly optimizers?: readonly OptimizerDefinition[];
  readonly schedules?: readonly ScheduleDefinition[];
  readonly initialisations?: readonly InitialisationDefinition[];
  readonly trajectories?: readonly TrajectoryDefinition[];
  readonly codecs?: readonly CodecDefinition[];
  readonly arms?: readonly ArmDefinition[];
  readonly engines?: readonly EngineDefinition[];
  readonly executors?: readonly ExecutorDefinition[];
  readonly stores?: readonly StoreDefinition[];
  readonly reporters?: readonly ReporterDefinition[];
  /** The way into the container for anything else: binds services, or binds those of this package anew. */
  readonly services?: (options: ContainerModuleLoadOptions) => void;
}

/** Declares a plugin. */
export function definePlugin(plugin: Plugin): Plugin {
  return Object.freeze({ ...plugin });
}
