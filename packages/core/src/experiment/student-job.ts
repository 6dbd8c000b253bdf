import { evaluateEach, listLengthOf } from '../evaluation/evaluate.js';
import type { Done, Job, JobHelp } from '../executor/job.js';
import type { SavedTensors } from '../storage/safetensors.js';
import type { ArmContext } from '../student/arm.js';
import type { TrainingFacts } from '../student/parts.js';
import { namesOf, trainNewStudent } from '../student/train-student.js';
import type { TrainingData } from '../student/training-data.js';
import { teacherView } from '../synthetic/teacher-view.js';
import { lostToDivergence } from '../training/learning-rates.js';
import type { LossAt } from '../training/train.js';
import { LossesHeard } from './losses-heard.js';
import { casesValues, distillationFrom, weightsFrom, weightsValues } from './job-inputs.js';
import { JobParts, type Workshop } from './job-parts.js';

/** Kind of the job that trains one student at one learning rate. */
export const STUDENT = 'student';

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

/** Trains one student at one learning rate; an arm that needs no training is evaluated instead. */
export async function trainStudentJob(job: Job, name: string, help: JobHelp, workshop: Workshop): Promise<Done> {
  const { seed = 0, learningRate = 0 } = job.numbers;
  const { engine, checkpoints } = workshop;
  const parts = await JobParts.of(job, workshop);
  const { experiment, corpus, dataset, protocol } = parts;
  const arrangement = await parts.arm.definition.create(parts.arm.options as never, await armContext(job, parts, workshop, seed));
  const { sequences } = arrangement;
  const answer = (trained: TrainedStudent, tensors: SavedTensors = {}, seconds = 0): Done => ({
    outputs: { student: { tensors, state: trained } },
    seconds,
  });
  if ('scorer' in arrangement) {
    const { metrics, selection } = experiment;
    const { values, ofCases } = await evaluateEach(arrangement.scorer, dataset.test, metrics, selection, protocol.context);
    return answer({ kind: 'measured', sequences, metrics: values }, casesValues(ofCases));
  }
  const losses = new LossesHeard(help.observer);
  const student = await trainNewStudent({
    ...{ engine, checkpoints, model: parts.model, traced: parts.traced(parts.model), data: arrangement.data satisfies TrainingData },
    names: namesOf({ ...dataset, id: experiment.dataset.definition.id }),
    maxLength: experiment.config.maxLength,
    training: { ...experiment.training, learningRate },
    criterion: { cases: corpus.validation, metric: experiment.selection, protocol },
    stream: parts.stream(seed),
    subject: name,
    observer: losses.observer,
    ...(help.signal === undefined ? {} : { signal: help.signal }),
  }).catch(lostToDivergence);
  if (student?.training === undefined) return answer({ kind: 'diverged', sequences, losses: losses.all });
  const { seconds, ...training } = student.training;
  return answer({ kind: 'trained', sequences, training, losses: losses.all }, weightsValues(student.weights).tensors, seconds);
}

async function armContext(job: Job, parts: JobParts, { engine, store }: Workshop, seed: number): Promise<ArmContext> {
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
    listLength: listLengthOf([...experiment.metrics, experiment.selection]),
    teacher: weights === undefined ? undefined : teacherView(engine, parts.traced(experiment.model), weights, maxLength),
    stream: parts.stream(seed),
  };
}
