import { corpusOf } from '../data/corpus.js';
import type { Dataset } from '../data/dataset.js';
import { digestOf } from '../data/digest.js';
import { type DataInput, datasetOf, DEFAULT_MAX_LENGTH } from '../data/input.js';
import type { Engine } from '../engine/engine.js';
import { type EngineInput, withEngine } from '../engine/with-engine.js';
import { evaluationContextOf } from '../evaluation/context.js';
import { type EvaluationInput, evaluationSettings } from '../evaluation/settings.js';
import { requireCharacters } from '../evaluation/needs.js';
import type { ValidationCriterion } from '../evaluation/validation.js';
import type { ConfiguredModel } from '../model/definition.js';
import { type TracedModel, tracedModel } from '../model/traced-model.js';
import { validateOptions } from '../options/validate.js';
import { RandomStream } from '../random/stream.js';
import type { Observer } from '../report/reporter.js';
import { type CheckpointStore, noCheckpoints } from '../storage/checkpoints.js';
import { codecOf, type ConfiguredCodec, type StorageCodec } from '../storage/codec.js';
import { defaultCodec } from '../storage/codecs/index.js';
import { type ConfiguredInitialisation, type InitialisationDefinition, teacherInitialisation } from '../synthetic/initialisation.js';
import { type GivenSyntheticOptions, type SyntheticOptions, syntheticSchema } from '../synthetic/options.js';
import { asStored, ratePenalty } from '../synthetic/encoded.js';
import type { SyntheticPackage } from '../synthetic/package.js';
import type { SyntheticData, SyntheticShape } from '../synthetic/synthetic.js';
import { teacherView } from '../synthetic/teacher-view.js';
import { type GivenTrainingOptions, type TrainingOptions, trainingOptions } from '../training/options.js';
import { type TrajectoryLookup, trajectoryLookup } from '../unroll/trajectories.js';
import type { TrajectoryDefinition } from '../unroll/trajectory.js';
import { addressedParts, asking } from './addressed-parts.js';
import type { Elsewhere, PartsBasis, PartWorker } from './elsewhere.js';
import type { DistillationContext, MetaOptimizerDefinition } from './meta-optimizer.js';
import {
  type DistillationOptions,
  distillationOptions,
  type GivenDistillationOptions,
  type GivenTeacherOptions,
  outerLoopSchema,
  type TeacherOptions,
  teacherOptions,
} from './options.js';
import { Narration } from './narration.js';
import { noProgress, type OuterCheckpoint, type OuterProgress, runOuterLoop } from './outer-loop.js';
import type { Teacher } from './taught.js';
import { asksTeacher, distillsFromTeacher, trainTeacher } from './teacher.js';
import { JudgeTraining, SyntheticValidation, type SyntheticValidationRequest } from './validation.js';
import { coreVersion } from '../version.js';
import { requireMemoryFor } from './work.js';

/** What to distil, and how. Everything but data and model has a default. */
export type DistillRequest = DataInput &
  EngineInput &
  GivenDistillationOptions &
  Observer & {
    /** The learner, which is also the teacher and the student of validation. */
    readonly model: ConfiguredModel;
    /** Inputs per sequence, real and synthetic. */
    readonly maxLength?: number;
    readonly synthetic?: GivenSyntheticOptions & {
      /** Where synthetic data start: `teacherInitialisation()` by default. */
      readonly initialisation?: ConfiguredInitialisation;
      /** How they are stored: `entropy()` by default. Students are trained on what is stored. */
      readonly storage?: ConfiguredCodec;
    };
    readonly teacher?: GivenTeacherOptions;
    /** Whether {@link Distillation.teacher} is wanted even where the distillation itself needs none; not by default. */
    readonly needsTeacher?: boolean;
    /** Training of the students that synthetic data are validated with. */
    readonly training?: GivenTrainingOptions;
    readonly evaluation?: EvaluationInput;
    /** Trajectories that meta-optimizers may ask for beside the built-in ones. */
    readonly trajectories?: readonly TrajectoryDefinition[];
    /**
     * MB that the distillation may be expected to take: the memory of the machine or of its container by default. With
     * Infinity nothing is estimated.
     */
    readonly memoryLimit?: number;
    /** Settles every draw; 1 by default. */
    readonly seed?: number;
    /** Where a distillation that is interrupted goes on from; nothing is kept by default. */
    readonly checkpoints?: CheckpointStore;
    /** Who does what of it can be done elsewhere; nobody by default. */
    readonly elsewhere?: Elsewhere;
    /** Interrupts: after a checkpoint was saved FARZI_INTERRUPTED is thrown. */
    readonly signal?: AbortSignal;
  };

/** What distillation gives. */
export interface Distillation {
  /** The synthetic data that were best on validation, with what is needed to read them without the dataset. */
  readonly synthetic: SyntheticPackage;
  /** The synthetic data before any outer step. */
  readonly initial: SyntheticData;
  /** There where the initialisation or the learners needed one, or it was asked for. */
  readonly teacher: Teacher | undefined;
  readonly progress: OuterProgress;
}

/**
 * Distils sequences into a handful of synthetic ones (Farzi, Sachdeva et al., 2023): trains a teacher, starts synthetic
 * data from it, and improves them by meta-gradients through the training of learners.
 *
 * @throws FARZI_MEMORY_LIMIT before anything is trained, FARZI_INTERRUPTED when the signal aborts; any other coded error
 */
export function distill(request: DistillRequest): Promise<Distillation> {
  return withEngine(request, (engine) => new DistillationJob(request, engine).run());
}

/**
 * Does what {@link Elsewhere} asks for, with the same request and an engine of its own.
 *
 * @param basis - of the distillation that asks
 */
export function partWorkerOf(request: DistillRequest, engine: Engine, basis: PartsBasis): PartWorker {
  return new DistillationJob(request, engine).partWorker(basis);
}

/** A request with all its defaults, on an engine. */
class DistillationJob {
  readonly #dataset: Dataset;
  readonly #train: readonly Int32Array[];
  readonly #model: TracedModel;
  readonly #maxLength: number;
  readonly #shape: SyntheticShape;
  readonly #options: DistillationOptions;
  readonly #teacher: TeacherOptions;
  readonly #training: TrainingOptions;
  readonly #criterion: ValidationCriterion;
  readonly #stream: RandomStream;
  readonly #checkpoints: CheckpointStore;
  readonly #initialisation: ConfiguredInitialisation;
  readonly #trajectory: TrajectoryLookup;
  readonly #storage: ConfiguredCodec;
  readonly #codec: StorageCodec;

  constructor(
    private readonly request: DistillRequest,
    private readonly engine: Engine,
  ) {
    const { model, maxLength = DEFAULT_MAX_LENGTH, synthetic = {}, seed = 1, checkpoints = noCheckpoints } = request;
    const { initialisation = teacherInitialisation(), storage = defaultCodec(), ...sizes } = synthetic;
    const dataset = datasetOf(request, model.definition.task);
    const vocabularySize = dataset.vocabulary.length;
    const { selection, batchSize, maskSeen, validationTargets } = evaluationSettings(request.evaluation, dataset.task);
    requireCharacters(dataset, [selection]);
    const { train, validation } = corpusOf(dataset, maxLength, validationTargets);
    this.#dataset = dataset;
    this.#train = train;
    this.#maxLength = maxLength;
    this.#model = tracedModel(model, { vocabularySize, maxLength });
    this.#shape = { ...validateOptions<SyntheticOptions>(syntheticSchema, sizes, ['synthetic']), length: maxLength, vocabularySize };
    this.#options = distillationOptions(distillationPart(request));
    this.#teacher = teacherOptions(request.teacher);
    this.#training = trainingOptions(request.training);
    const context = evaluationContextOf(dataset);
    this.#criterion = { cases: validation, metric: selection, protocol: { batchSize, maskSeen, length: maxLength, context } };
    this.#stream = new RandomStream(seed);
    this.#checkpoints = checkpoints;
    this.#initialisation = initialisation;
    this.#trajectory = trajectoryLookup(request.trajectories);
    this.#storage = storage;
    this.#codec = codecOf(storage);
    initialisation.definition.check?.(initialisation.options as never, this.#model.model);
    metaOptimizerOf(this.#options).check?.(this.#options.metaOptimizer.options as never, {
      learner: this.#options.learner,
      snapshots: this.#teacher.snapshots,
      trajectory: this.#trajectory,
    });
  }

  /** Throws FARZI_MEMORY_LIMIT. */
  #requireMemory(taught: boolean): void {
    const { model, memoryLimit } = this.request;
    if (memoryLimit === Infinity) return;
    const { vocabularySize } = this.#shape;
    requireMemoryFor({
      ...{ taught, memoryLimit, shape: this.#shape, teacher: this.#teacher, options: this.#options, training: this.#training },
      modelFor: (maxLength) => tracedModel(model, { vocabularySize, maxLength }),
      criterion: this.#criterion,
      trajectory: this.#trajectory,
    });
  }

  async run(): Promise<Distillation> {
    const { engine, request } = this;
    const { definition, options } = this.#initialisation as { definition: InitialisationDefinition; options: never };
    const taught = distillsFromTeacher(this.#initialisation, this.#teacher, this.#options) || request.needsTeacher === true;
    this.#requireMemory(taught);
    const teacher = taught
      ? await trainTeacher({
          engine,
          model: this.#model,
          train: this.#train,
          criterion: this.#criterion,
          options: this.#teacher,
          stream: this.#stream,
          checkpoints: this.#checkpoints,
          observer: request,
          elsewhere: request.elsewhere,
          ...this.#signal(),
        })
      : undefined;
    const initial = await definition.create(options, {
      engine,
      model: this.#model,
      shape: this.#shape,
      train: this.#train,
      teacher:
        definition.needsTeacher && teacher !== undefined ? teacherView(engine, this.#model, teacher.weights, this.#maxLength) : undefined,
      stream: this.#stream,
    });
    const { data, progress } = await this.#improve(initial, teacher);
    return { synthetic: this.#package(asStored(data, this.#codec), progress), initial: asStored(initial, this.#codec), teacher, progress };
  }

  #signal(): { readonly signal?: AbortSignal } {
    const { signal } = this.request;
    return signal === undefined ? {} : { signal };
  }

  /** Runs the outer loop, or goes on with it from its checkpoint. */
  async #improve(initial: SyntheticData, teacher: Teacher | undefined): Promise<{ data: SyntheticData; progress: OuterProgress }> {
    const { engine, request } = this;
    const options = this.#options;
    // without outer steps there is nothing to choose between, and nothing to validate
    if (options.outerSteps === 0) return { data: initial, progress: noProgress };
    const saved = await this.#checkpoints.load(CHECKPOINT);
    const state = saved?.state as DistillationState | undefined;
    const basis = {
      ...{ initial, snapshots: teacher?.snapshots ?? [] },
      teacher: asksTeacher(options) ? teacher?.weights : undefined,
    };
    const ask = request.elsewhere === undefined || request.elsewhere.workers === 1 ? undefined : request.elsewhere.parts(basis);
    const metaOptimizer = await metaOptimizerOf(options).create(options.metaOptimizer.options as never, {
      ...this.#context(basis),
      elsewhere: asking(ask, 'metaOptimizer'),
    });
    const validation = await SyntheticValidation.compile({
      ...this.#judges(initial),
      students: options.validationStudents,
      settledRate: state?.learningRate,
      elsewhere: asking(ask, 'judge'),
    });
    const narration = new Narration(request, this.#criterion.metric, options.outerSteps);
    narration.begin(state?.progress.step);
    try {
      const { best, progress } = await runOuterLoop({
        engine,
        initial,
        asStored: this.#storage.definition.exact === true ? undefined : (current) => asStored(current, this.#codec),
        penalty: ratePenalty(this.#codec, options.ratePenalty),
        metaOptimizer,
        options,
        validate: (synthetic) => validation.validate(synthetic),
        onStep: (report) => {
          narration.step(report);
        },
        onValidation: (step, score) => {
          narration.validation(step, score);
        },
        onCheckpoint: ({ progress: reached, tensors }) =>
          this.#save({ progress: reached, tensors }, { progress: reached, learningRate: validation.learningRate }),
        ...(saved === undefined || state === undefined ? {} : { resumeFrom: { progress: state.progress, tensors: saved.tensors } }),
        ...this.#signal(),
      });
      return { data: best, progress };
    } finally {
      await validation.dispose();
      await metaOptimizer.dispose();
    }
  }

  /** What meta-optimizers work with, here or elsewhere. */
  #context({ initial, snapshots, teacher }: PartsBasis): DistillationContext {
    return {
      ...{ engine: this.engine, model: this.#model, data: initial, train: this.#train, snapshots, teacher },
      learner: this.#options.learner,
      stream: this.#stream.child('distillation'),
      trajectory: this.#trajectory,
    };
  }

  /** What students that judge synthetic data are trained with, here or elsewhere. */
  #judges(initial: SyntheticData): SyntheticValidationRequest {
    return {
      ...{ engine: this.engine, model: this.#model, data: initial, criterion: this.#criterion },
      ...{ training: this.#training, stream: this.#stream },
      ...this.#signal(),
    };
  }

  partWorker(basis: PartsBasis): PartWorker {
    const { definition, options } = this.#options.metaOptimizer as { definition: MetaOptimizerDefinition; options: never };
    return addressedParts({
      judge: () => JudgeTraining.compile(this.#judges(basis.initial)),
      metaOptimizer: () =>
        definition.partWorker?.(options, this.#context(basis)) ??
        Promise.reject(new TypeError(`The meta-optimizer ${definition.id} asks for parts, and has no partWorker.`)),
    });
  }

  async #save({ tensors }: OuterCheckpoint, state: DistillationState): Promise<void> {
    const path = await this.#checkpoints.save(CHECKPOINT, { tensors, state });
    if (path !== '') this.request.onCheckpoint?.(path);
  }

  #package(data: SyntheticData, { best, recipe }: OuterProgress): SyntheticPackage {
    const { id, task, licence, protocol, vocabulary, titles, tokenizer } = this.#dataset;
    const { seed = 1, model } = this.request;
    return {
      data,
      vocabulary,
      storage: this.#storage,
      provenance: {
        ...{ dataset: id, task, digest: digestOf(this.#dataset), protocol, seed, model: model.definition.id, outerSteps: best?.step ?? 0 },
        ...(licence === undefined ? {} : { licence }),
        ...(recipe === undefined ? {} : { recipe }),
        core: coreVersion,
      },
      ...(titles === undefined ? {} : { titles }),
      ...(tokenizer === undefined ? {} : { tokenizer: tokenizer.saved }),
    };
  }
}

const CHECKPOINT = 'distillation';

/** What a checkpoint holds besides arrays. */
interface DistillationState {
  readonly progress: OuterProgress;
  readonly learningRate: number | undefined;
}

const metaOptimizerOf = ({ metaOptimizer }: DistillationOptions): MetaOptimizerDefinition => metaOptimizer.definition;

/** The part of a request that is about the outer loop and its learners. */
function distillationPart(request: DistillRequest): GivenDistillationOptions {
  const keys = [...Object.keys(outerLoopSchema.properties), 'metaOptimizer', 'learner', 'outerOptimizer', 'schedule'];
  return Object.fromEntries(Object.entries(request).filter(([key, value]) => keys.includes(key) && value !== undefined));
}
