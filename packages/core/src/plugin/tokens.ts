import type { ServiceIdentifier } from 'inversify';
import type { EngineDefinition } from '../engine/engine.js';
import type {
  DatasetDefinition,
  MetaOptimizerDefinition,
  MetricDefinition,
  ModelDefinition,
  OptimizerDefinition,
  ReporterDefinition,
} from './define.js';

const token = <T>(name: string): ServiceIdentifier<T> => Symbol.for(`@farzi/core/${name}`);

/** What contributions are bound under, each named by its id. `Symbol.for`, so that two copies of this package agree. */
export const tokens = {
  model: token<ModelDefinition>('Model'),
  dataset: token<DatasetDefinition>('Dataset'),
  metric: token<MetricDefinition>('Metric'),
  metaOptimizer: token<MetaOptimizerDefinition>('MetaOptimizer'),
  optimizer: token<OptimizerDefinition>('Optimizer'),
  engine: token<EngineDefinition>('Engine'),
  reporter: token<ReporterDefinition>('Reporter'),
} as const;
