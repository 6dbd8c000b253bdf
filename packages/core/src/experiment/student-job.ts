import { hostname } from 'node:os';
import { parseConfig } from '../config/file.js';
import { type LabelledArm, type LabelledModel, type ResolvedExperiment, resolveExperiment } from '../config/resolve.js';
import { datasetFromValues } from '../data/dataset-values.js';
import { type Corpus, corpusOf } from '../data/corpus.js';
import type { Dataset } from '../data/dataset.js';
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
import type { CheckpointStore } from '../storage/checkpoints.js';
import type { ArmContext } from '../student/arm.js';
import type { TrainingFacts } from '../student/parts.js';
import { namesOf, trainNewStudent } from '../student/train-student.js';
import type { TrainingData } from '../student/training-data.js';
import { teacherView } from '../synthetic/teacher-view.js';
import { lostToDivergence } from '../training/learning-rates.js';
import { distillationFrom, inputOf, type StudentSettings, weightsFrom, weightsValues } from './job-inputs.js';
import { protocolOf } from './session.js';

/** Kind of the job that trains one student at one learning rate. */
export const STUDENT = 'student';
/** Kind of the job that evaluates a student on test. */
export const EVALUATION = 'evaluation';

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

  static async of(job: Job, { registry, store, datasets, versions: own }: StudentWorkshop): Promise<StudentParts> {
    const { config, label, versions } = (await store.get(inputOf(job, 'settings'))).state as StudentSettings;
    if (own !== undefined) requireSameVersions(versions, own);
    const experiment = resolveExperiment(parseConfig(config, 'the settings of a job').config, registry);
    const name = inputOf(job, 'data');
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

/** Trains one student at one learning rate; an arm that needs no training is evaluated instead. */
export async function trainStudentJob(job: Job, name: string, help: JobHelp, workshop: StudentWorkshop): Promise<Done> {
  const { seed = 0, learningRate = 0 } = job.numbers;
  const { engine, checkpoints } = workshop;
  const parts = await StudentParts.of(job, workshop);
  const { experiment, corpus, dataset, protocol } = parts;
  const arrangement = await parts.arm.definition.create(parts.arm.options as never, await armContext(job, parts, workshop, seed));
  const { sequences } = arrangement;
  const answer = (trained: TrainedStudent, weights?: Float32Array, seconds = 0): Done => ({
    outputs: { student: { tensors: weights === undefined ? {} : weightsValues(weights).tensors, state: trained } },
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
  const weights = teacher === undefined ? undefined : weightsFrom(await store.get(teacher));
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
  const values = weightsFrom(await store.get(inputOf(job, 'student')));
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
