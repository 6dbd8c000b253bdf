import type { LabelledArm, LabelledModel } from '../config/resolve.js';
import type { Distillation } from '../distill/distill.js';
import type { Metric } from '../evaluation/metric.js';
import { type Job, jobId, type JobResult } from '../executor/job.js';
import { InOrder } from '../executor/in-order.js';
import { type Step, takeSteps } from '../executor/steps.js';
import type { Observer } from '../report/reporter.js';
import { shown } from '../report/shown.js';
import type { StudentResult } from '../report/summary.js';
import { checksumOfStudent, studentFile } from '../run/student-files.js';
import { loadStudent } from '../student/load-student.js';
import { Student } from '../student/student.js';
import { namesOf } from '../student/train-student.js';
import { trainingFolder, TRAININGS } from '../training/checkpoints.js';
import { learningRatesOf } from '../training/learning-rates.js';
import { shortId } from './job-worker.js';
import type { Session } from './session.js';
import {
  datasetInput,
  distillationValues,
  EVALUATION,
  type LossAt,
  STUDENT,
  studentSettings,
  teacherValues,
  type TrainedStudent,
} from './student-job.js';

/** What is known of students that are done. */
interface Known {
  readonly results: StudentResult[];
  /** Learning rates that first seeds settled on, by student and arm. */
  readonly rates: Record<string, number>;
  /** Checksums of students that are kept, by their files. */
  readonly students: Record<string, string>;
}

const CHECKPOINT = 'results';

/** Where jobs under way are kept, beside checkpoints. */
export const JOBS = 'jobs';

/**
 * Trains and evaluates the students of every arm, leaving out what an earlier session has done, also one that had fewer
 * students, arms, metrics or seeds to do. However many are worked on at the same time, what is told and kept has one
 * order.
 */
export async function compareStudents(session: Session, distillation: Distillation): Promise<StudentResult[]> {
  const saved = await session.checkpoints.load(CHECKPOINT);
  const known = saved === undefined ? { results: [], rates: {}, students: {} } : (saved.state as Known);
  return new Comparison(session, known, await inputsOf(session, distillation)).run();
}

/** Inputs of jobs that all students share. */
interface Inputs {
  readonly data: string;
  readonly synthetic: string;
  /** There where an arm asks one. */
  readonly teacher: string | undefined;
}

async function inputsOf(session: Session, distillation: Distillation): Promise<Inputs> {
  const { store } = session;
  const { teacher } = distillation;
  return {
    data: await datasetInput(session),
    synthetic: await store.put(distillationValues(distillation)),
    teacher: teacher === undefined ? undefined : await store.put(teacherValues(teacher.weights)),
  };
}

class Comparison {
  #finished = 0;
  readonly #total: number;
  readonly #commits = new InOrder();
  /** Learning rates by student and arm, before the students that settled them are kept, too. */
  readonly #rates: Map<string, number>;
  readonly #workers = new Set<string>();

  constructor(
    private readonly session: Session,
    private readonly known: Known,
    private readonly inputs: Inputs,
  ) {
    const { students, arms, config } = session.experiment;
    this.#total = arms.length * config.evaluation.seeds * students.length;
    this.#rates = new Map(Object.entries(known.rates));
  }

  async run(): Promise<StudentResult[]> {
    const { experiment, observer, executor, checkpoints, signal } = this.session;
    const { students, arms } = experiment;
    observer.onPhase?.('students', { title: 'training students from scratch', total: this.#total });
    const steps = students.flatMap((model) => arms.flatMap((arm) => this.#stepsOf(model, arm)));
    try {
      await takeSteps(steps, executor.workers, signal);
    } catch (error) {
      await this.#commits.settled().catch(() => undefined);
      throw error;
    }
    await this.#commits.settled();
    for (const folder of [JOBS, TRAININGS]) await checkpoints.removeFolder(folder);
    if (this.#workers.size > 1)
      observer.onNote?.(`Students were trained by workers that may differ in last digits: ${[...this.#workers].sort().join('; ')}.`);
    return this.#inOrder();
  }

  /** The results as one session would have made them, whatever was added later. */
  #inOrder(): StudentResult[] {
    const { students, arms } = this.session.experiment;
    const place = (labels: readonly { readonly label: string }[], wanted: string): number =>
      labels.findIndex(({ label }) => label === wanted);
    return this.known.results.toSorted(
      (a, b) => place(students, a.student) - place(students, b.student) || place(arms, a.data) - place(arms, b.data) || a.seed - b.seed,
    );
  }

  /** The students of one model and arm: the first seed settles the learning rate of all. */
  #stepsOf(model: LabelledModel, arm: LabelledArm): Step[] {
    const { seed, evaluation } = this.session.experiment.config;
    const seeds = Array.from({ length: evaluation.seeds }, (_, index) => seed + index);
    const [first, ...others] = seeds.map(
      (each, index) => new StudentWork({ model, arm, seed: each, keep: index === 0 }, this.#commits.place()),
    );
    if (first === undefined) return [];
    const rates = this.#ratesOf(first.student);
    const trainings = rates.map((rate, place): Step => ({ needs: [], run: (signal) => this.#trainAt(first, rate, place, signal) }));
    const settle: Step = { needs: trainings, run: (signal) => this.#finish(first, signal) };
    return [
      ...trainings,
      settle,
      ...others.map((work): Step => ({
        needs: [settle],
        run: async (signal) => {
          // what needs no training is the same for every seed
          if (first.measured) {
            await work.commit(() => Promise.resolve(void (this.#finished += 1)));
            return;
          }
          for (const [place, rate] of this.#ratesOf(work.student).entries()) await this.#trainAt(work, rate, place, signal);
          await this.#finish(work, signal);
        },
      })),
    ];
  }

  #ratesOf(student: StudentOfArm): readonly number[] {
    const { experiment } = this.session;
    const settled = this.#rates.get(rateName(student));
    return settled === undefined ? learningRatesOf(experiment[student.arm.definition.budget]) : [settled];
  }

  /** @param place - of the learning rate among those that are tried */
  async #trainAt(work: StudentWork, learningRate: number, place: number, signal: AbortSignal): Promise<void> {
    const { student } = work;
    work.earlier ??= this.#earlier(student, signal);
    if ((await work.earlier) !== undefined || work.trainings.some(({ trained }) => trained.kind === 'measured')) return;
    const job = await this.#studentJob(student, learningRate);
    const subject = subjectOf(student);
    const { observer, executor, store } = this.session;
    let heard = false;
    const result = await executor.run(job, {
      signal,
      observer: {
        ...(observer.onCheckpoint === undefined ? {} : { onCheckpoint: observer.onCheckpoint }),
        onMeasurement: ({ phase, step, values }) => {
          heard = true;
          observer.onMeasurement?.({ phase, subject, step, values });
        },
      },
    });
    this.#workers.add(result.worker);
    const name = result.outputs['student'] ?? '';
    const trained = (await store.get(name)).state as TrainedStudent;
    // one at a time are told as they come; of several at the same time those that come first may be told last
    const told = heard || executor.workers === 1;
    if (told && !heard) tellLosses(trained, subject, observer);
    work.add(place, { learningRate, job, result, told, name, trained });
  }

  async #studentJob({ model, arm, seed }: StudentOfArm, learningRate: number): Promise<Job> {
    const { experiment, store, versions } = this.session;
    const { data, synthetic, teacher } = this.inputs;
    const settings = await store.put(studentSettings(experiment, model, arm, versions));
    const asks = arm.definition.needsTeacher === true && teacher !== undefined;
    return {
      kind: STUDENT,
      inputs: { settings, data, ...(arm.definition.needsSynthetic === false ? {} : { synthetic }), ...(asks ? { teacher } : {}) },
      numbers: { seed, learningRate },
    };
  }

  /** Values of metrics on test. */
  async #evaluated({ model, arm }: StudentOfArm, student: string, metrics: readonly Metric[], signal: AbortSignal) {
    const { experiment, store, versions, executor } = this.session;
    const settings = await store.put(studentSettings(experiment, model, arm, versions, metrics));
    const job: Job = { kind: EVALUATION, inputs: { settings, data: this.inputs.data, student }, numbers: {} };
    const { outputs } = await executor.run(job, { signal, observer: {} });
    const values = (await store.get(outputs['metrics'] ?? '')).state as StudentResult['metrics'];
    await store.forget(jobId(job));
    return values;
  }

  /** Evaluates the best training of a student, and keeps what came out when its turn comes. */
  async #finish(work: StudentWork, signal: AbortSignal): Promise<void> {
    const { student, trainings } = work;
    const earlier = await work.earlier;
    if (earlier !== undefined) {
      work.measured = earlier.result.trainingSteps === undefined;
      await work.commit(async () => {
        this.#told(earlier.added === undefined ? earlier.result : await this.#record(student, { metrics: earlier.added }));
      });
      return;
    }
    const best = bestOf(trainings);
    if (best !== undefined) this.#rates.set(rateName(student), best.learningRate);
    const { experiment } = this.session;
    const metrics = best === undefined ? {} : await this.#evaluated(student, best.name, experiment.metrics, signal);
    const [measured] = trainings.flatMap(({ trained }) => (trained.kind === 'measured' ? [trained] : []));
    work.measured = measured !== undefined;
    await work.commit(() => this.#keep(work, best, measured?.metrics ?? metrics));
  }

  async #keep(
    { student, trainings, measured }: StudentWork,
    best: TrainedAt | undefined,
    metrics: StudentResult['metrics'],
  ): Promise<void> {
    const { observer, store, checkpoints } = this.session;
    const { model, arm, seed } = student;
    const subject = subjectOf(student);
    for (const each of trainings) if (!each.told) tellLosses(each.trained, subject, observer);
    const about = { data: arm.label, student: model.label, seed, sequences: trainings[0]?.trained.sequences ?? 0 };
    if (!measured && best === undefined)
      observer.onNote?.(`${subject}: Training diverged before the first validation; this student has no metrics.`);
    if (best?.trained.kind === 'trained' && best.trained.training.diverged)
      observer.onNote?.(`${subject}: Training diverged; the best weights before that are used.`);
    if (best !== undefined) {
      this.known.rates[rateName(student)] = best.learningRate;
      if (student.keep) await this.#save(student, best);
    }
    const found = measured
      ? { ...about, trainingSeconds: 0, metrics }
      : { ...about, trainingSeconds: best?.result.seconds ?? 0, trainingSteps: best?.trained.training.steps ?? 0, metrics };
    this.#told(await this.#record(student, found));
    for (const { job } of trainings) {
      await store.forget(jobId(job));
      await checkpoints.removeFolder(trainingFolder(shortId(job)));
    }
  }

  async #save(student: StudentOfArm, { name, trained, result, learningRate }: TrainedAt): Promise<void> {
    const { directory, experiment, dataset, store } = this.session;
    const weights = (await store.get(name)).tensors['weights']?.values as Float32Array;
    const file = fileOf(student);
    await new Student({
      ...{ model: student.model, weights, maxLength: experiment.config.maxLength },
      ...namesOf({ ...dataset, id: experiment.dataset.definition.id }),
      training: { ...trained.training, learningRate, seconds: result.seconds },
    }).save(directory.file(file));
    const checksum = await checksumOfStudent(directory.path, file);
    if (checksum !== undefined) this.known.students[file] = checksum;
  }

  #told(result: StudentResult): void {
    this.#finished += 1;
    this.session.observer.onProgress?.({ phase: 'students', done: this.#finished, total: this.#total, detail: this.#words(result) });
  }

  /**
   * What an earlier session measured, and what is added to it without training; `undefined` where a student has to be
   * trained, for the first time or again.
   */
  async #earlier(student: StudentOfArm, signal: AbortSignal): Promise<Earlier | undefined> {
    const result = this.known.results[this.#placeOf(student)];
    if (result === undefined) return undefined;
    const { directory, observer } = this.session;
    const file = fileOf(student);
    const checksum = student.keep ? this.known.students[file] : undefined;
    if (checksum !== undefined && (await checksumOfStudent(directory.path, file)) !== checksum) {
      observer.onNote?.(`The file ${directory.file(file)} is gone or was altered: its student is trained again.`);
      return undefined;
    }
    const added = this.#metricsWithout(result);
    if (added.length === 0) return { result };
    if (checksum !== undefined) return { result, added: await this.#evaluatedKept(student, added, signal) };
    if (result.trainingSteps !== undefined) {
      const keys = added.map(({ key }) => key).join(', ');
      observer.onNote?.(`${subjectOf(student)}: Its weights were not kept, so that it is trained again for ${keys}.`);
    }
    return undefined;
  }

  /** Metrics that a result lacks; a student that diverged before anything could be kept has none, and gets none. */
  #metricsWithout({ metrics, trainingSteps }: StudentResult): Metric[] {
    if (trainingSteps === 0) return [];
    return this.session.experiment.metrics.filter(({ key }) => metrics[key] === undefined);
  }

  /** Evaluates metrics that were added later with the weights of a student that was kept. */
  async #evaluatedKept(student: StudentOfArm, added: readonly Metric[], signal: AbortSignal): Promise<StudentResult['metrics']> {
    const { directory, store } = this.session;
    const { weights } = await loadStudent(directory.file(fileOf(student)), { models: [student.model.definition] });
    const name = await store.put(teacherValues(weights), fileOf(student));
    const metrics = await this.#evaluated(student, name, added, signal);
    await store.remove(name);
    return metrics;
  }

  /** Where the result of a student is, -1 where there is none. */
  #placeOf({ arm, model, seed }: StudentOfArm): number {
    return this.known.results.findIndex((each) => each.data === arm.label && each.student === model.label && each.seed === seed);
  }

  /** Adds to what is known of a student: values that were measured stay what they are. */
  async #record(student: StudentOfArm, found: Partial<StudentResult> & Pick<StudentResult, 'metrics'>): Promise<StudentResult> {
    const { known, session } = this;
    const place = this.#placeOf(student);
    const before = known.results[place];
    const values = { ...found.metrics, ...before?.metrics };
    const keys = session.experiment.metrics.map(({ key }) => key).filter((key) => values[key] !== undefined);
    const metrics = Object.fromEntries(keys.map((key) => [key, values[key] as number]));
    const result = { ...before, ...found, metrics } as StudentResult;
    if (before === undefined) known.results.push(result);
    else known.results[place] = result;
    await session.checkpoints.save(CHECKPOINT, { tensors: {}, state: known });
    return result;
  }

  #words({ data, seed, metrics }: StudentResult): string {
    const values = this.session.experiment.metrics.map(({ key }) => `${key} ${shown(metrics[key] ?? Number.NaN)}`);
    return `${data}, seed ${seed}: test ${values.join(', ')}`;
  }
}

/** One student of one arm. */
interface StudentOfArm {
  readonly arm: LabelledArm;
  readonly model: LabelledModel;
  readonly seed: number;
  /** Whether the student is kept in the run directory. */
  readonly keep: boolean;
}

/** A student, trained at one learning rate. */
interface Training {
  readonly learningRate: number;
  readonly job: Job;
  readonly result: JobResult;
  /** Whether its losses have been told. */
  readonly told: boolean;
  /** Of the output. */
  readonly name: string;
  readonly trained: TrainedStudent;
}

/** A training that gave weights. */
type TrainedAt = Training & { readonly trained: Extract<TrainedStudent, { readonly kind: 'trained' }> };

/** What an earlier session knew of a student, and values of metrics that were added since. */
interface Earlier {
  readonly result: StudentResult;
  readonly added?: StudentResult['metrics'];
}

/** What is done about one student. */
class StudentWork {
  readonly #trainings = new Map<number, Training>();
  earlier: Promise<Earlier | undefined> | undefined;
  /** Whether there was nothing to train. */
  measured = false;

  constructor(
    readonly student: StudentOfArm,
    /** Does something when all students before this one are done. */
    readonly commit: (action: () => Promise<void>) => Promise<void>,
  ) {}

  /** The trainings that are done, in the order in which one process would do them, whichever ended first. */
  get trainings(): readonly Training[] {
    return [...this.#trainings].sort(([one], [other]) => one - other).map(([, training]) => training);
  }

  add(place: number, training: Training): void {
    this.#trainings.set(place, training);
  }
}

/** The best on validation, the first of those that are equal. */
function bestOf(trainings: readonly Training[]): TrainedAt | undefined {
  const trained = trainings.filter((each): each is TrainedAt => each.trained.kind === 'trained');
  return trained.reduce<TrainedAt | undefined>(
    (best, each) => (best === undefined || each.trained.training.score > best.trained.training.score ? each : best),
    undefined,
  );
}

function tellLosses(trained: TrainedStudent, subject: string, observer: Observer): void {
  const losses: readonly LossAt[] = trained.kind === 'measured' ? [] : trained.losses;
  for (const { step, loss } of losses) observer.onMeasurement?.({ phase: 'students', subject, step, values: { loss } });
}

const subjectOf = ({ arm, seed }: StudentOfArm): string => `${arm.label} seed ${seed}`;
const fileOf = ({ arm, model }: StudentOfArm): string => studentFile({ student: model.label, data: arm.label });
const rateName = ({ arm, model }: StudentOfArm): string => `${model.label} ${arm.label}`;
