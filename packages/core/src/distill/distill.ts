import { corpusOf } from '../data/corpus.js';
import type { Dataset } from '../data/dataset.js';
import { digestOf } from '../data/digest.js';
import { datasetOf, DEFAULT_MAX_LENGTH } from '../data/input.js';
import { disposeAll, type Engine } from '../engine/engine.js';
import { withEngine } from '../engine/with-engine.js';
import { evaluationContextOf } from '../evaluation/context.js';
import { evaluationSettings } from '../evaluation/settings.js';
import { requireCharacters } from '../evaluation/needs.js';
import type { ValidationCriterion } from '../evaluation/validation.js';
import { type TracedModel, tracedModel } from '../model/traced-model.js';
import { validateOptions } from '../options/validate.js';
import { RandomStream } from '../random/stream.js';
import type { Checkpoint } from '../storage/checkpoint-bytes.js';
import { type CheckpointStore, noCheckpoints } from '../storage/checkpoints.js';
import { codecOf, type ConfiguredCodec, type StorageCodec } from '../storage/codec.js';
import { defaultCodec } from '../storage/codecs/index.js';
import { type ConfiguredInitialisation, type InitialisationDefinition, teacherInitialisation } from '../synthetic/initialisation.js';
import { type SyntheticOptions, syntheticSchema } from '../synthetic/options.js';
import { asStored, ratePenalty } from '../synthetic/encoded.js';
import type { SyntheticPackage } from '../synthetic/package.js';
import { uploadSynthetic } from '../synthetic/source.js';
import type { SyntheticData, SyntheticShape } from '../synthetic/synthetic.js';
import { teacherView } from '../synthetic/teacher-view.js';
import { type TrainingOptions, trainingOptions } from '../training/options.js';
import { type TrajectoryLookup, trajectoryLookup } from '../unroll/trajectories.js';
import { addressedParts, asking } from './addressed-parts.js';
import type { PartsBasis, PartWorker } from './elsewhere.js';
import type { DistillationContext, MetaOptimizerDefinition } from './meta-optimizer.js';
import {
  type DistillationOptions,
  distillationOptions,
  type GivenDistillationOptions,
  outerLoopSchema,
  type TeacherOptions,
  teacherOptions,
} from './options.js';
import { Narration } from './narration.js';
import { noProgress, type OuterCheckpoint, type OuterProgress, runOuterLoop } from './outer-loop.js';
import type { Distillation, DistillRequest } from './request.js';
import { bestStart } from './starts.js';
import type { Teacher } from './taught.js';
import { asksTeacher, distillsFromTeacher, trainTeacher } from './teacher.js';
import { JudgeTraining, SyntheticValidation, type SyntheticValidationRequest } from './validation.js';
import { coreVersion } from '../version.js';
import { requireMemoryFor } from './work.js';

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
    const view =
      definition.needsTeacher && teacher !== undefined ? teacherView(engine, this.#model, teacher.weights, this.#maxLength) : undefined;
    const startAt = (start: number): Promise<SyntheticData> =>
      definition.create(options, {
        ...{ engine, model: this.#model, shape: this.#shape, train: this.#train, teacher: view },
        stream: start === 0 ? this.#stream : this.#stream.child('start', start),
      });
    const saved = await this.#checkpoints.load(CHECKPOINT);
    const start =
      saved === undefined
        ? await bestStart({
            count: this.#options.starts,
            judge: async (number) => this.#judge(await startAt(number)),
            metric: this.#criterion.metric,
            observer: request,
            ...this.#signal(),
          })
        : ((saved.state as DistillationState).start ?? 0);
    const initial = await startAt(start);
    const { data, progress } = await this.#improve(initial, teacher, start, saved);
    return { synthetic: this.#package(asStored(data, this.#codec), progress), initial: asStored(initial, this.#codec), teacher, progress };
  }

  /** What a student of a start scores. */
  async #judge(start: SyntheticData): Promise<number> {
    const judge = { students: 1, settledRate: undefined, elsewhere: undefined };
    const validation = await SyntheticValidation.compile({ ...this.#judges(start), ...judge });
    const synthetic = uploadSynthetic(this.engine, asStored(start, this.#codec));
    try {
      return (await validation.validate(synthetic)).score;
    } finally {
      disposeAll(synthetic);
      await validation.dispose();
    }
  }

  #signal(): { readonly signal?: AbortSignal } {
    const { signal } = this.request;
    return signal === undefined ? {} : { signal };
  }

  /** Runs the outer loop, or goes on with it from its checkpoint. */
  async #improve(
    initial: SyntheticData,
    teacher: Teacher | undefined,
    start: number,
    saved: Checkpoint | undefined,
  ): Promise<{ data: SyntheticData; progress: OuterProgress }> {
    const { engine, request } = this;
    const options = this.#options;
    // without outer steps there is nothing to choose between, and nothing to validate
    if (options.outerSteps === 0) return { data: initial, progress: noProgress };
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
          this.#save({ progress: reached, tensors }, { progress: reached, learningRate: validation.learningRate, start }),
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
  /** Number of the start that is improved. */
  readonly start?: number;
}

const metaOptimizerOf = ({ metaOptimizer }: DistillationOptions): MetaOptimizerDefinition => metaOptimizer.definition;

/** The part of a request that is about the outer loop and its learners. */
function distillationPart(request: DistillRequest): GivenDistillationOptions {
  const keys = [...Object.keys(outerLoopSchema.properties), 'metaOptimizer', 'learner', 'outerOptimizer', 'schedule'];
  return Object.fromEntries(Object.entries(request).filter(([key, value]) => keys.includes(key) && value !== undefined));
}
