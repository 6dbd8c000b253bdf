/**
 * Distil, train, evaluate and rank in a page: what of `@farzi/core` needs no Node.js.
 *
 * @module @farzi/core/browser
 */

export { distill } from './distill/distill.js';
export type { Distillation, DistillRequest } from './distill/request.js';
export { trainStudent, type StudentDataInput, type TrainStudentRequest } from './student/train-student.js';
export { evaluate, type EvaluateRequest } from './student/evaluate.js';
export { decodeStudent, encodeStudent } from './student/student-bytes.js';
export { type History, type Recommendation, Student, type TopKOptions } from './student/student.js';
export { decodeSynthetic, encodeSynthetic, type SaveSyntheticOptions } from './synthetic/file-bytes.js';
export type { SyntheticPackage } from './synthetic/package.js';
export { builtInCodecs } from './storage/codecs/index.js';
export { noCheckpoints, type CheckpointStore } from './storage/checkpoints.js';
export { continuing, type PromptRequest } from './student/continue.js';
export type { Tokenizer } from './data/dataset.js';
export { FarziError, isFarziError } from './errors.js';
export { RandomStream } from './random/stream.js';
export { builtInEngines } from './engine/built-in.js';
export { selectEngine, surveyEngines, type EngineChoice } from './engine/select.js';
export { setOnnxRuntimeAssets } from './engine/onnx/assets.js';
export { type Availability, type Engine, type EngineDefinition, isForAuto } from './engine/engine.js';

// What models are written with: their packages run in pages, too.
export { defineModel, definePlugin, type Plugin } from './plugin/define.js';
export * as layers from './model/layers.js';
export { factoredModel, type FactoredModel } from './model/factored.js';
export { model, type ForwardContext, type Model, type ModelContext } from './model/model.js';
export { buildModel, type ConfiguredModel, type ModelDefinition } from './model/definition.js';
export { constant, normal, type Parameters, type ParameterSpec, type ParameterSpecs } from './model/parameters.js';
export { embed, lengthOf, type Tokens } from './model/tokens.js';
export { noOptions, type GivenOptions, type Options, type OptionsSchema } from './options/schema.js';
