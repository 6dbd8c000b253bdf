// What plugin authors use.
export { FarziError, errorCodes, invariant, isFarziError, type ErrorCode, type FarziErrorOptions } from './errors.js';
export type { Dataset, DatasetContext, EvaluationCase, Task, Tokenizer } from './data/dataset.js';
export type { Metric, MetricAccumulator, Observation } from './evaluation/metric.js';
export * as layers from './model/layers.js';
export { model, type ForwardContext, type Model, type ModelContext } from './model/model.js';
export {
  constant,
  normal,
  type InitialDistribution,
  type Parameters,
  type ParameterSpec,
  type ParameterSpecs,
} from './model/parameters.js';
export { embed, lengthOf, type Tokens } from './model/tokens.js';
export {
  defineDataset,
  defineMetaOptimizer,
  defineMetric,
  defineModel,
  defineOptimizer,
  definePlugin,
  type DatasetDefinition,
  type MetaOptimizerDefinition,
  type MetricDefinition,
  type ModelDefinition,
  type OptimizerDefinition,
  type Options,
  type OptionsSchema,
  type Plugin,
  type ReporterDefinition,
} from './plugin/define.js';
export type { DistillationContext, MetaEstimate, MetaOptimizer } from './distill/meta-optimizer.js';

// Programs and engines.
export { Graph, program, type DType, type Node, type Program } from './program/graph.js';
export { gradients } from './program/gradients.js';
export { record, recordOn, type ArgumentSpec } from './program/record.js';
export type {
  Availability,
  Engine,
  EngineDefinition,
  EngineOptions,
  EngineTensor,
  EngineTensors,
  Executable,
  HostValues,
} from './engine/engine.js';
export { builtInEngines, selectEngine, surveyEngines, type EngineChoice } from './engine/select.js';

// Optimizers and unrolling.
export { adam, type AdamOptions } from './optimizer/adam.js';
export { sgd, type SgdOptions } from './optimizer/sgd.js';
export type { AdjointVariant, Optimizer } from './optimizer/optimizer.js';
export { constantSchedule, cosineSchedule, type Schedule } from './optimizer/schedule.js';
export type { InnerProblem, OuterProblem } from './unroll/problem.js';
export { startLearner, type Batch, type LearnerState } from './unroll/learner.js';
export type { TrajectoryKind } from './unroll/trajectory.js';
export { Unroll, type MetaGradient, type UnrollOptions, type UnrollRequest } from './unroll/unroll.js';

// Synthetic data.
export { distributionAt, hardSequences, hardToken, type HardTokens } from './synthetic/hard.js';
export { loadSynthetic, saveSynthetic, type Provenance, type SyntheticPackage } from './synthetic/store.js';
export { latentPositions, storedNumbers, type SyntheticData, type SyntheticInputs } from './synthetic/synthetic.js';

// Experiments.
export { loadConfig, parseConfig, type ConfigDocument, type LoadedConfig } from './config/file.js';
export type { Measurement, Phase, Reporter } from './report/reporter.js';
export { createRegistry, runExperiment, type ExperimentRequest } from './experiment/experiment.js';
export { resolveExperiment, type ResolvedExperiment } from './config/resolve.js';
export { experimentSchema, type ContributionConfig, type ExperimentConfig } from './config/schema.js';
export { continueText, type Continuation, type ContinuationRequest } from './experiment/continue-text.js';
export { openRun, requireTokenizer, tokenizerOf, type FinishedRun } from './run/finished-run.js';
export { readPrompt, type Prompt } from './generation/prompt.js';
export type { SamplingOptions } from './generation/sample.js';
export type { StudentResult, Summary } from './report/summary.js';
export { meanAndDeviation } from './evaluation/statistics.js';
export { loadPlugins } from './plugin/loader.js';
export type { ContributionEntry, ContributionKind } from './plugin/container.js';
export { Registry } from './plugin/registry.js';
export { RandomStream } from './random/stream.js';
export { coreVersion } from './version.js';
