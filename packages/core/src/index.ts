/**
 * Autoregressive data distillation: the library, what plugins are made of, and experiments.
 *
 * @module @farzi/core
 */

// The library: distil, train, evaluate.
export { distill } from './distill/distill.js';
export type { Distillation, DistillRequest } from './distill/request.js';
export type { Elsewhere, Part, PartsBasis, PartWorker } from './distill/elsewhere.js';
export { trainStudent, type StudentDataInput, type TrainStudentRequest } from './student/train-student.js';
export { evaluate, type EvaluateRequest } from './student/evaluate.js';
export { loadStudent } from './student/load-student.js';
export { isStudentFile } from './student/student-file.js';
export { decodeStudent, encodeStudent } from './student/student-bytes.js';
export { readHistory } from './student/history.js';
export { exportStudent, type ExportStudentOptions } from './student/export-student.js';
export { type History, type Recommendation, Student, type TopKOptions } from './student/student.js';
export type { SavedTokenizer, StudentParts, TokenNames, TrainingFacts } from './student/parts.js';
export { decodeSynthetic, encodeSynthetic, type SaveSyntheticOptions } from './synthetic/file-bytes.js';
export { loadSynthetic, saveSynthetic } from './synthetic/file.js';
export type { Names, Provenance, SyntheticPackage } from './synthetic/package.js';
export { storedBytes, type StoredBytes } from './synthetic/stored-bytes.js';
export type { GivenDistillationOptions, GivenTeacherOptions, DistillationOptions, TeacherOptions } from './distill/options.js';
export type { LearnerOptions } from './distill/learner-options.js';
export type { GivenTrainingOptions, TrainingOptions } from './training/options.js';
export type { GivenSyntheticOptions, SyntheticOptions } from './synthetic/options.js';
export type { EvaluationInput } from './evaluation/settings.js';
export type { EngineInput } from './engine/with-engine.js';
export { noCheckpoints, type CheckpointStore } from './storage/checkpoints.js';
export { FolderCheckpoints } from './storage/folder-checkpoints.js';
export type { Checkpoint } from './storage/checkpoint-bytes.js';
export { FarziError, errorCodes, invariant, isFarziError, type ErrorCode, type FarziErrorOptions } from './errors.js';
export { RandomStream } from './random/stream.js';
export { coreVersion } from './version.js';
export type { Estimate, PhaseEstimate } from './estimate/estimate.js';
export { memoryLimitOf, type MemoryLimit } from './estimate/limit.js';
export { costOf, type ProgramCost } from './program/cost.js';
export { estimateLines } from './estimate/words.js';
export { durationText } from './report/duration-text.js';
export { type FileContent, writeWhole } from './storage/write-whole.js';

// Data.
export type { Dataset, DatasetContext, DatasetDefinition, EvaluationCase, Tokenizer } from './data/dataset.js';
export type { Task } from './data/task.js';
export { loadDataset } from './data/load.js';
export { requireSameVocabulary } from './data/same-vocabulary.js';
export { type DataInput, encodeSequences, type SequenceInput } from './data/input.js';
export { type HeldOutEvents, leaveOneOut, type LeaveOneOut, minimumForLeaveOneOut } from './data/leave-one-out.js';
export { kCore, type MinimumEvents } from './data/k-core.js';
export { countEvents, countItems, occurrencesOf } from './data/counts.js';
export { corpusOf, type Corpus } from './data/corpus.js';
export { bytesOfEvents, type EventBytes } from './data/event-bytes.js';
export { realBatch, type RealBatch, type RealBatchShape } from './data/batches.js';

// Plugins.
export {
  defineArm,
  defineCodec,
  defineExecutor,
  defineDataset,
  defineInitialisation,
  defineMetaOptimizer,
  defineMetric,
  defineModel,
  defineOptimizer,
  definePlugin,
  defineSchedule,
  defineStore,
  defineTrajectory,
  type Plugin,
} from './plugin/define.js';
export type { Configurable, Configured } from './options/configured.js';
export { noOptions, type GivenOptions, type Options, type OptionsSchema } from './options/schema.js';
export { loadPlugins } from './plugin/loader.js';
export { Registry } from './plugin/registry.js';
export { tokens, type ContributionKind, type Contributions } from './plugin/tokens.js';
export type { ContributionEntry } from './plugin/container.js';

// Models.
export * as layers from './model/layers.js';
export { factoredModel, type FactoredModel } from './model/factored.js';
export { model, type ForwardContext, type Model, type ModelContext } from './model/model.js';
export { buildModel, type ConfiguredModel, type ModelDefinition } from './model/definition.js';
export {
  constant,
  normal,
  type InitialDistribution,
  type Parameters,
  type ParameterSpec,
  type ParameterSpecs,
} from './model/parameters.js';
export { embed, lengthOf, type Tokens } from './model/tokens.js';
export { initialParameters, joinParameters, layoutOf, splitParameters, type LayoutEntry, type ParameterLayout } from './model/layout.js';
export { ensembleOf, membersIn } from './model/ensemble.js';
export { TracedModel, type DropoutSite, type Predictions, type TokenNodes } from './model/traced-model.js';
export { factoredCrossEntropy, hardCrossEntropy, softCrossEntropy } from './model/cross-entropy.js';

// Programs and engines.
export { Graph } from './program/graph.js';
export { CACHE_CHUNKS, type ChunkLimits, DEVICE_CHUNKS } from './program/chunk-limits.js';
export { program } from './program/program.js';
export { inputName, sizeOf, type DType, type Node, type Program } from './program/node.js';
export { type OpTable, standardOps } from './program/op-table.js';
export type { OpDefinition } from './program/node.js';
export * as expressions from './program/expressions.js';
export { gradients } from './program/gradients.js';
export { record, recordOn, type ArgumentSpec, type ArgumentSpecs, type NamedNodes } from './program/record.js';
export {
  disposeAll,
  downloadScalar,
  isForAuto,
  type Availability,
  type Engine,
  type EngineDefinition,
  type EngineOptions,
  type EngineTensor,
  type EngineTensors,
  type Executable,
  type HostValues,
} from './engine/engine.js';
export { lower as lowerToOnnx } from './engine/onnx/lower.js';
export { type ExecutionProvider, OnnxEngine, type OnnxEngineOptions } from './engine/onnx/engine.js';
export { onnxEngine } from './engine/onnx/native.js';
export type { Lowering, Lowerings } from './engine/onnx/lower.js';
export { onnxWebGpuDeterministicEngine, onnxWebGpuEngine } from './engine/onnx/webgpu.js';
export { deterministicWebGpuLowerings, webGpuLowerings } from './engine/onnx/webgpu-lowerings.js';
export { type OnnxRuntime, onnxRuntime, onnxRuntimeVersion } from './engine/onnx/runtime.js';
export { builtInEngines } from './engine/built-in.js';
export { threadsHere } from './platform/machine.js';
export { selectEngine, surveyEngines, type EngineChoice } from './engine/select.js';
export { withEngine } from './engine/with-engine.js';
export { prefixed, restoreTensors, saveTensors, withPrefix } from './engine/saved-tensors.js';
export { decodeSafetensors, encodeSafetensors, type SavedTensor, type SavedTensors, type StoredTensor } from './storage/safetensors.js';
export {
  type CodecDefinition,
  type ConfiguredCodec,
  type RowAim,
  type StorageCodec,
  storedPart,
  type StoredParts,
} from './storage/codec.js';
export { builtInCodecs, entropy, float16, float32, int2, int3, int4, int8 } from './storage/codecs/index.js';

// Optimizers, schedules and unrolling.
export { adjointOf } from './optimizer/adjoint.js';
export { adam, type AdamOptions } from './optimizer/adam.js';
export { sgd, type SgdOptions } from './optimizer/sgd.js';
export type { OptimizerDefinition } from './optimizer/definition.js';
export type {
  AdjointNodes,
  AdjointVariant,
  Optimizer,
  OptimizerNodes,
  OptimizerUndo,
  ReverseStep,
  StepScalars,
} from './optimizer/optimizer.js';
export { constantRate, cosineRate, type RateSchedule, type Schedule, type ScheduleDefinition } from './optimizer/schedule.js';
export type { InnerProblem, OuterProblem } from './unroll/problem.js';
export { outerProgram, reverseProgram, stepProgram } from './unroll/programs.js';
export { releasing, startLearner, Trainer, type Batch, type LearnerState, weightsOf } from './unroll/learner.js';
export type { TrainingSource } from './unroll/source.js';
export { checkpointed, reversible, stored } from './unroll/strategies.js';
export { builtInTrajectories, requireUndo, type TrajectoryLookup, trajectoryLookup } from './unroll/trajectories.js';
export type { StepVisitor, Trajectory, TrajectoryDefinition, TrajectorySteps, TrajectoryStrategy } from './unroll/trajectory.js';
export { Unroll, type MetaGradient, type UnrollOptions, type UnrollRequest } from './unroll/unroll.js';

// Synthetic data.
export { distributionAt, hardSequences, hardToken, type HardTokens } from './synthetic/hard.js';
export {
  randomInitialisation,
  teacherInitialisation,
  type ConfiguredInitialisation,
  type InitialisationContext,
  type InitialisationDefinition,
} from './synthetic/initialisation.js';
export { teacherSynthetic, type TeacherFactors } from './synthetic/factorisation.js';
export { randomSynthetic } from './synthetic/random.js';
export {
  type SyntheticBatch,
  syntheticBatch,
  syntheticProblem,
  syntheticSource,
  type SyntheticTensors,
  uploadSynthetic,
} from './synthetic/source.js';
export { requireTeacher, teacherView, type TeacherView } from './synthetic/teacher-view.js';
export { sequenceWindows, type SequenceWindows } from './synthetic/windows.js';
export {
  latentPositions,
  storedNumbers,
  type SyntheticData,
  type SyntheticInputs,
  type SyntheticShape,
  type TrainingRecipe,
} from './synthetic/synthetic.js';

// Training, meta-optimizers, evaluation.
export { realOuterProblem, realSource, type TeacherShare } from './training/real.js';
export { train, type TrainedModel, type TrainingBudget, type TrainingRequest } from './training/train.js';
export { farzi } from './distill/farzi.js';
export { LearnerPool, singleUse, type LearnerSupply, type SupplyContext, type TrainPlainly } from './distill/learners.js';
export type {
  ConfiguredMetaOptimizer,
  DistillationContext,
  DistillationPlan,
  MetaEstimate,
  MetaOptimizer,
  MetaOptimizerDefinition,
} from './distill/meta-optimizer.js';
export {
  type Metric,
  type MetricAccumulator,
  type MetricContext,
  type MetricDefinition,
  type MetricNeed,
  metricOf,
  type Observation,
} from './evaluation/metric.js';
export { builtInMetrics, type MetricInput } from './evaluation/metrics/index.js';
export {
  evaluateEach,
  type Evaluated,
  evaluateScorer,
  type EvaluationContext,
  type ScoredTarget,
  type Scorer,
} from './evaluation/evaluate.js';
export { ModelScorer, type ScoringOptions } from './evaluation/model-scorer.js';
export { meanAndDeviation } from './evaluation/statistics.js';
export type { Arm, ArmContext, ArmDefinition } from './student/arm.js';
export { sourceOf, type SourceContext, type TrainingData } from './student/training-data.js';

// Experiments.
export { loadConfig, parseConfig, readDocument, type LoadedConfig } from './config/file.js';
export { validateOptions } from './options/validate.js';
export { decisiveSettings, pluginSettings } from './config/settings.js';
export { differenceOf, isFingerprint, type Fingerprint } from './storage/fingerprint.js';
export { stringifyExact } from './storage/exact-json.js';
export { RunLock } from './run/lock.js';
export { entriesOf } from './run/own-files.js';
export type { ConfigDocument } from './config/document.js';
export { modelFrom } from './config/model-from.js';
export { resolveExperiment, type ResolvedExperiment } from './config/resolve.js';
export { editorSchema } from './config/editor-schema.js';
export { experimentSchema, type ContributionConfig, type ExperimentConfig } from './config/schema.js';
export { createRegistry, runExperiment, type ExperimentRequest } from './experiment/experiment.js';
export { checkExperiment, estimateWithData } from './experiment/check.js';
export { evaluateStudent, loadDatasetOf, type StudentEvaluation } from './experiment/student-evaluation.js';
export { evaluationSentences } from './experiment/summarise.js';
export type { Estimated } from './experiment/estimate.js';
export {
  services,
  type CheckpointService,
  type ComparisonService,
  type DatasetService,
  type DistillationService,
  type EngineService,
  type SummaryService,
} from './experiment/services.js';
export type { Session } from './experiment/session.js';
export type { Measurement, NamedReporter, Observer, Phase, Progress, Reporter, ReporterDefinition } from './report/reporter.js';
export type { GroupResult, MeasuredStudent, PairedComparison, StudentResult, Summary } from './report/summary.js';
export { continueText, type Continuation, type ContinuationRequest, tokenizerOfStudent } from './experiment/continue-text.js';
export { continueWith, continuing, type PromptRequest } from './student/continue.js';
export { type Done, type Job, type JobHelp, jobId, type JobResult, type Work } from './executor/job.js';
export { JobStore } from './executor/job-store.js';
export { type Step, takeSteps } from './executor/steps.js';
export {
  done,
  type Executor,
  type ExecutorContext,
  type ExecutorDefinition,
  type ProcessPlan,
  type ServiceContext,
  type ServiceObserver,
} from './executor/executor.js';
export { type Answer, receivedError, sentError, type SentError } from './executor/messages.js';
export { type Bench, benchOf, type ProcessSetup } from './experiment/bench.js';
export { AskedProcess, type Asker } from './executor/asked-process.js';
export { type Respond, respondWith } from './executor/respond.js';
export { jobProcess } from './experiment/job-process.js';
export { serveJobs, type ServiceRequest } from './experiment/service.js';
export { blobName, type BlobStore, FolderBlobs, MemoryBlobs } from './storage/blobs.js';
export type { StoreDefinition } from './storage/store.js';
export {
  describeRun,
  loadDistilled,
  openRun,
  readSummary,
  requireTokenizer,
  tokenizerOf,
  type FinishedRun,
  type RunDescription,
} from './run/finished-run.js';
export { readPrompt, type Prompt } from './generation/prompt.js';
export type { SamplingOptions } from './generation/sample.js';
