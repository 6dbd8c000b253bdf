import type { ServiceIdentifier } from 'inversify';
import type { DatasetDefinition } from '../data/dataset.js';
import type { MetaOptimizerDefinition } from '../distill/meta-optimizer.js';
import type { EngineDefinition } from '../engine/engine.js';
import type { ExecutorDefinition } from '../executor/executor.js';
import type { MetricDefinition } from '../evaluation/metric.js';
import type { ModelDefinition } from '../model/definition.js';
import type { OptimizerDefinition } from '../optimizer/definition.js';
import type { ScheduleDefinition } from '../optimizer/schedule.js';
import type { ReporterDefinition } from '../report/reporter.js';
import type { CodecDefinition } from '../storage/codec.js';
import type { StoreDefinition } from '../storage/store.js';
import type { ArmDefinition } from '../student/arm.js';
import type { InitialisationDefinition } from '../synthetic/initialisation.js';
import type { TrajectoryDefinition } from '../unroll/trajectory.js';

/** A typed token; `Symbol.for`, so that two copies of this package agree. */
export const token = <T>(name: string): ServiceIdentifier<T> => Symbol.for(`@farzi/core/${name}`);

/** The kinds of contributions, and what their definitions are. */
export interface Contributions {
  readonly model: ModelDefinition;
  readonly dataset: DatasetDefinition;
  readonly metric: MetricDefinition;
  readonly metaOptimizer: MetaOptimizerDefinition;
  readonly optimizer: OptimizerDefinition;
  readonly schedule: ScheduleDefinition;
  readonly initialisation: InitialisationDefinition;
  readonly trajectory: TrajectoryDefinition;
  readonly codec: CodecDefinition;
  readonly arm: ArmDefinition;
  readonly engine: EngineDefinition;
  readonly executor: ExecutorDefinition;
  readonly store: StoreDefinition;
  readonly reporter: ReporterDefinition;
}

export type ContributionKind = keyof Contributions;

/** What contributions are bound under, each named by its id. */
export const tokens: { readonly [Kind in ContributionKind]: ServiceIdentifier<Contributions[Kind]> } = {
  model: token('Model'),
  dataset: token('Dataset'),
  metric: token('Metric'),
  metaOptimizer: token('MetaOptimizer'),
  optimizer: token('Optimizer'),
  schedule: token('Schedule'),
  initialisation: token('Initialisation'),
  trajectory: token('Trajectory'),
  codec: token('Codec'),
  arm: token('Arm'),
  engine: token('Engine'),
  executor: token('Executor'),
  store: token('Store'),
  reporter: token('Reporter'),
};
