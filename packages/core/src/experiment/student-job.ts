import { hostname } from 'node:os';
import { parseConfig } from '../config/file.js';
import { type LabelledArm, type LabelledModel, type ResolvedExperiment, resolveExperiment } from '../config/resolve.js';
import { datasetFromValues, datasetValues } from '../data/dataset-values.js';
import { type Corpus, corpusOf } from '../data/corpus.js';
import type { Dataset } from '../data/dataset.js';
import { digestOf } from '../data/digest.js';
import type { Distillation } from '../distill/distill.js';
import type { Engine } from '../engine/engine.js';
import { FarziError, invariant } from '../errors.js';
import { evaluateScorer, listLengthOf } from '../evaluation/evaluate.js';
import { compileScorer, type EvaluationProtocol } from '../evaluation/validation.js';
import type { Done, Job, JobHelp } from '../executor/job.js';
import type { JobStore } from '../executor/job-store.js';
import { buildModel } from '../model/definition.js';
import { TracedModel } from '../model/traced-model.js';
import type { Registry } from '../plugin/registry.js';
import { RandomStream } from '../random/stream.js';
import type { Checkpoint } from '../storage/checkpoint-bytes.js';
import type { CheckpointStore } from '../storage/checkpoints.js';
import type { SavedTensor } from '../storage/safetensors.js';
import type { ArmContext } from '../student/arm.js';
import type { TrainingFacts } from '../student/parts.js';
import { namesOf, trainNewStudent } from '../student/train-student.js';
import type { TrainingData } from '../student/training-data.js';
import { storedBytes } from '../synthetic/stored-bytes.js';
import type { SyntheticData } from '../synthetic/synthetic.js';
import { teacherView } from '../synthetic/teacher-view.js';
import { lostToDivergence } from '../training/learning-rates.js';
import { protocolOf, type Session } from './session.js';

/** Kind of the job that trains one student at one learning rate. */
export const STUDENT = 'student';
/** Kind of the job that evaluates a student on test. */
export const EVALUATION = 'evaluation';

/** The dataset, as an input of jobs: whoever does them elsewhere finds it in the store. */
export async function datasetInput({ dataset, store, experiment, fingerprint }: Session): Promise<string> {
  const name = fingerprint['data'] ?? digestOf(dataset);
  if (experiment.executor.definition.remote) await store.putAs(name, datasetValues(dataset));
  return name;
}

/** What jobs about one student and one arm are made of. */
interface StudentSettings {
  /** An experiment with this one student and arm. */
  readonly config: string;
  /** What results call the student: it settles its draws. */
  readonly label: string;
  /** Versions of what computes. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The settings of a student and an arm, as an input of jobs: nothing that has no say in the outcome is in it. */
export function studentSettings(
  { config, metrics: all }: ResolvedExperiment,
  model: LabelledModel,
  arm: LabelledArm,
  versions: StudentSettings['versions'],
  metrics: readonly { readonly key: string }[] = all,
): Checkpoint {
  const { task, seed, maxLength, dataset, training, fullTraining, evaluation } = config;
  const written = ({ definition, options }: LabelledModel | LabelledArm): unknown => ({ id: definition.id, ...(options as object) });
  const settings: StudentSettings = {
    config: JSON.stringify({
      ...{ task, seed, maxLength, dataset, model: config.model, students: [written(model)] },
      training: arm.definition.budget === 'fullTraining' ? { ...training, ...fullTraining } : training,
      evaluation: { ...evaluation, seeds: 1, arms: [written(arm)], metrics: metrics.map(({ key }) => key) },
    }),
    label: model.label,
    versions,
  };
  return { tensors: {}, state: settings };
}

/** What a training measured along its way. */
export interface LossAt {
  readonly step: number;
  readonly loss: number;
}

/** What came out of training a student. */
export type TrainedStudent = {
  /** Sequences that it was trained on. */
  readonly sequences: number;
} & (
  | { readonly kind: 'trained'; readonly training: Omit<TrainingFacts, 'seconds'>; readonly losses: readonly LossAt[] }
  /** Before any weights could be kept. */
  | { readonly kind: 'diverged'; readonly losses: readonly LossAt[] }
  /** There is nothing to train: the arm ranks by itself. */
  | { readonly kind: 'measured'; readonly metrics: Readonly<Record<string, number>> }
);

const vector = (values: Float32Array): SavedTensor => ({ shape: [values.length], values });

/** Synthetic data before and after distillation, as an input of jobs. */
export function distillationValues({ synthetic, initial }: Distillation): Checkpoint {
  const { latents, decoder, weights, ids, ...shape } = synthetic.data;
  const positions = shape.sequences * shape.length;
  const tensors = {
    latents: vector(latents),
    decoder: vector(decoder),
    weights: vector(weights),
    initialLatents: vector(initial.latents),
    initialDecoder: vector(initial.decoder),
    initialWeights: vector(initial.weights),
    ...(ids === undefined ? {} : { ids: { shape: [positions], values: ids } }),
    ...(initial.ids === undefined ? {} : { initialIds: { shape: [positions], values: initial.ids } }),
  };
  return { tensors, state: { shape, bytes: storedBytes(synthetic).total } };
}

function distillationFrom({ tensors, state }: Checkpoint): ArmContext['synthetic'] {
  const { shape, bytes } = state as {
    readonly shape: Omit<SyntheticData, 'latents' | 'decoder' | 'weights' | 'ids'>;
    readonly bytes: number;
  };
  const data = (latents: string, decoder: string, weights: string, ids: string): SyntheticData => ({
    ...shape,
    latents: tensors[latents]?.values as Float32Array,
    decoder: tensors[decoder]?.values as Float32Array,
    weights: tensors[weights]?.values as Float32Array,
    ...(tensors[ids] === undefined ? {} : { ids: tensors[ids].values as Int32Array }),
  });
  return {
    distilled: data('latents', 'decoder', 'weights', 'ids'),
    initial: data('initialLatents', 'initialDecoder', 'initialWeights', 'initialIds'),
    bytes,
  };
}

/** The teacher's weights, as an input of jobs. */
export const teacherValues = (weights: Float32Array): Checkpoint => ({ tensors: { weights: vector(weights) }, state: {} });

/** What does jobs about students. */
export interface StudentWorkshop {
  readonly registry: Registry;
  readonly engine: Engine;
  readonly store: JobStore;
  /** Where trainings under way are kept. */
  readonly checkpoints: CheckpointStore;
  /** Datasets that are here already, by the names of inputs. */
  readonly datasets: Map<string, Dataset>;
  /** Versions of what computes here, where those of a job may be others. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** Refuses a job that other versions would do differently. */
function requireSameVersions(wanted: StudentSettings['versions'], own: StudentSettings['versions']): void {
  const differing = Object.entries(wanted).filter(([name, version]) => own[name] !== version);
  if (differing.length === 0) return;
  const differences = differing.map(([name, version]) => `${name} is ${own[name] ?? 'missing'}, and the run has ${version}`).join('; ');
  throw new FarziError('FARZI_WORKER_MISMATCH', `The worker on ${hostname()} does not fit the run: ${differences}.`, {
    hint: 'Give workers what the run has: the same packages, --engine, and a --plugin for each plugin. Then go on with --resume.',
  });
}

/** The parts of a job about a student that all kinds need. */
class StudentParts {
  private constructor(
    readonly experiment: ResolvedExperiment,
    readonly label: string,
    readonly dataset: Dataset,
    readonly corpus: Corpus,
    readonly protocol: EvaluationProtocol,
  ) {}

  static async of({ inputs }: Job, { registry, store, datasets, versions: own }: StudentWorkshop): Promise<StudentParts> {
    const { config, label, versions } = (await store.get(inputOf(inputs, 'settings'))).state as StudentSettings;
    if (own !== undefined) requireSameVersions(versions, own);
    const experiment = resolveExperiment(parseConfig(config, 'the settings of a job').config, registry);
    const name = inputOf(inputs, 'data');
    const dataset = datasets.get(name) ?? datasetFromValues(await store.get(name));
    // one job follows another on the same data
    datasets.clear();
    datasets.set(name, dataset);
    const corpus = corpusOf(dataset, experiment.config.maxLength, experiment.config.evaluation.validationTargets);
    return new StudentParts(experiment, label, dataset, corpus, protocolOf({ experiment, dataset }));
  }

  /** The student. */
  get model(): LabelledModel {
    const [model] = this.experiment.students;
    invariant(model, 'The settings of a student name no model.');
    return model;
  }

  get arm(): LabelledArm {
    const [arm] = this.experiment.arms;
    invariant(arm, 'The settings of a student name no arm.');
    return arm;
  }

  traced(model: LabelledModel | ResolvedExperiment['model']): TracedModel {
    const { experiment, dataset } = this;
    return new TracedModel(buildModel(model, { vocabularySize: dataset.vocabulary.length, maxLength: experiment.config.maxLength }));
  }

  /** The seed alone settles the initial weights and the order of batches, so that arms are compared in pairs. */
  stream(seed: number): RandomStream {
    return new RandomStream(this.experiment.config.seed).child('student', this.label, seed);
  }
}

function inputOf(inputs: Job['inputs'], name: string): string {
  const input = inputs[name];
  invariant(input !== undefined, `A job has no input ${name}.`);
  return input;
}

/** Trains one student at one learning rate; an arm that needs no training is evaluated instead. */
export async function trainStudentJob(job: Job, name: string, help: JobHelp, workshop: StudentWorkshop): Promise<Done> {
  const { seed = 0, learningRate = 0 } = job.numbers;
  const { engine, checkpoints } = workshop;
  const parts = await StudentParts.of(job, workshop);
  const { experiment, corpus, dataset, protocol } = parts;
  const arrangement = await parts.arm.definition.create(parts.arm.options as never, await armContext(job, parts, workshop, seed));
  const { sequences } = arrangement;
  const answer = (trained: TrainedStudent, weights?: Float32Array, seconds = 0): Done => ({
    outputs: { student: { tensors: weights === undefined ? {} : { weights: vector(weights) }, state: trained } },
    seconds,
  });
  if ('scorer' in arrangement) {
    const metrics = await evaluateScorer(arrangement.scorer, dataset.test, experiment.metrics, protocol.context);
    return answer({ kind: 'measured', sequences, metrics });
  }
  const losses = new Map<number, number>();
  const student = await trainNewStudent({
    ...{ engine, checkpoints, model: parts.model, traced: parts.traced(parts.model), data: arrangement.data satisfies TrainingData },
    names: namesOf({ ...dataset, id: experiment.dataset.definition.id }),
    maxLength: experiment.config.maxLength,
    training: { ...experiment.training, learningRate },
    criterion: { cases: corpus.validation, metric: experiment.selection, protocol },
    stream: parts.stream(seed),
    subject: name,
    observer: {
      ...help.observer,
      onMeasurement: (measurement) => {
        losses.set(measurement.step, measurement.values['loss'] ?? Number.NaN);
        help.observer.onMeasurement?.(measurement);
      },
    },
    ...(help.signal === undefined ? {} : { signal: help.signal }),
  }).catch(lostToDivergence);
  // what was measured before an interruption is in the history
  for (const { step, loss } of student?.training?.history ?? []) losses.set(step, loss);
  const measured = [...losses].map(([step, loss]) => ({ step, loss })).sort((one, other) => one.step - other.step);
  if (student?.training === undefined) return answer({ kind: 'diverged', sequences, losses: measured });
  const { seconds, ...training } = student.training;
  return answer({ kind: 'trained', sequences, training, losses: measured }, student.weights, seconds);
}

async function armContext(job: Job, parts: StudentParts, { engine, store }: StudentWorkshop, seed: number): Promise<ArmContext> {
  const { experiment, corpus, protocol } = parts;
  const { maxLength, evaluation } = experiment.config;
  const teacher = job.inputs['teacher'];
  const weights = teacher === undefined ? undefined : ((await store.get(teacher)).tensors['weights']?.values as Float32Array);
  const distilled = job.inputs['synthetic'];
  const synthetic = distilled === undefined ? undefined : distillationFrom(await store.get(distilled));
  return {
    engine,
    train: corpus.train,
    occurrences: protocol.context.occurrences,
    get synthetic() {
      if (synthetic === undefined)
        throw new TypeError(`The arm ${parts.arm.definition.id} says that it needs no synthetic data, and looks at them.`);
      return synthetic;
    },
    length: maxLength,
    maskSeen: evaluation.maskSeen,
    listLength: listLengthOf(experiment.metrics),
    teacher: weights === undefined ? undefined : teacherView(engine, parts.traced(experiment.model), weights, maxLength),
    stream: parts.stream(seed),
  };
}

/** Evaluates a student's weights on test. */
export async function evaluateStudentJob(job: Job, workshop: StudentWorkshop): Promise<Done> {
  const { engine, store } = workshop;
  const parts = await StudentParts.of(job, workshop);
  const { experiment, corpus, dataset, protocol } = parts;
  const values = (await store.get(inputOf(job.inputs, 'student'))).tensors['weights']?.values as Float32Array;
  const scorer = await compileScorer(
    engine,
    parts.traced(parts.model),
    protocol,
    [...corpus.validation, ...dataset.test],
    experiment.metrics,
  );
  const weights = engine.upload(values, [values.length]);
  try {
    const metrics = await evaluateScorer(scorer.scorer(weights), dataset.test, experiment.metrics, protocol.context);
    return { outputs: { metrics: { tensors: {}, state: metrics } }, seconds: 0 };
  } finally {
    weights.dispose();
    await scorer.dispose();
  }
}
