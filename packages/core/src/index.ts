export { FarziError, errorCodes, invariant, isFarziError, type ErrorCode, type FarziErrorOptions } from './errors.js';
export type { Dataset, DatasetContext, EvaluationCase, Task } from './data/dataset.js';
export type { Metric, MetricAccumulator, Observation } from './evaluation/metric.js';
export { model, type ForwardContext, type Model, type ModelContext } from './model/model.js';
export { constant, normal, type InitialDistribution, type Parameters, type ParameterSpec, type ParameterSpecs } from './model/parameters.js';
export { embed, lengthOf, type Tokens } from './model/tokens.js';
export { defineDataset, defineMetric, defineModel, definePlugin, type DatasetDefinition, type MetricDefinition, type ModelDefinition, type OptionsSchema, type Plugin } from './plugin/define.js';
