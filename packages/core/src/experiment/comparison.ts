import type { LabelledArm, LabelledModel } from '../config/resolve.js';
import type { Distillation } from '../distill/request.js';
import type { Metric } from '../evaluation/metric.js';
import { type Job, jobId } from '../executor/job.js';
import { InOrder } from '../executor/in-order.js';
import { type Step, takeSteps } from '../executor/steps.js';
import type { Observer } from '../report/reporter.js';
import { shown } from '../report/shown.js';
import type { MeasuredStudent, StudentResult } from '../report/summary.js';
import { loadStudent } from '../student/load-student.js';
import { Student } from '../student/student.js';
import { namesOf } from '../student/train-student.js';
import { trainingFolder, TRAININGS } from '../training/checkpoints.js';
import { learningRatesOf } from '../training/learning-rates.js';
import type { LossAt } from '../training/train.js';
import type { Session } from './session.js';
import {
  casesFrom,
  datasetInput,
  distillationValues,
  evaluationSettings,
  shortId,
  studentSettings,
  weightsFrom,
  weightsValues,
} from './job-inputs.js';
import { EVALUATION } from './evaluation-job.js';
import { STUDENT, type TrainedStudent } from './student-job.js';
import { StudentRecords } from './student-records.js';
import {
  bestOf,
  type Earlier,
  fileOf,
  type Measured,
  rateName,
  type StudentOfArm,
  StudentWork,
  subjectOf,
  type TrainedAt,
} from './student-work.js';

/** Where jobs under way are kept, beside checkpoints. */
export const JOBS = 'jobs';

/**
 * Trains and evaluates the students of every arm, leaving out what an earlier session has done, also one that had fewer
 * students, arms, metrics or seeds to do. However many are worked on at the same time, what is told and kept has one
 * order.
 */
export async function compareStudents(session: Session, distillation: Distillation): Promise<MeasuredStudent[]> {
  return new Comparison(session, await StudentRecords.open(session), await inputsOf(session, distillation)).run();
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
    teacher: teacher === undefined ? undefined : await store.put(weightsValues(teacher.weights)),
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
    private readonly records: StudentRecords,
    private readonly inputs: Inputs,
  ) {
    const { students, arms, config } = session.experiment;
    this.#total = arms.length * config.evaluation.seeds * students.length;
    this.#rates = new Map(Object.entries(records.rates));
  }

  async run(): Promise<MeasuredStudent[]> {
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
    return this.records.inOrder();
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
  async #evaluated({ model }: StudentOfArm, student: string, metrics: readonly Metric[], signal: AbortSignal): Promise<Measured> {
    const { experiment, store, versions, executor } = this.session;
    const settings = await store.put(evaluationSettings(experiment, model, versions, metrics));
    const job: Job = { kind: EVALUATION, inputs: { settings, data: this.inputs.data, student }, numbers: {} };
    const { outputs } = await executor.run(job, { signal, observer: {} });
    const found = await store.get(outputs['metrics'] ?? '');
    await store.forget(jobId(job));
    return { metrics: found.state as StudentResult['metrics'], ofCases: casesFrom(found) };
  }

  /** Evaluates the best training of a student, and keeps what came out when its turn comes. */
  async #finish(work: StudentWork, signal: AbortSignal): Promise<void> {
    const { student, trainings } = work;
    const earlier = await work.earlier;
    if (earlier !== undefined) {
      work.measured = earlier.result.trainingSteps === undefined;
      await work.commit(async () => {
        this.#told(earlier.added === undefined ? earlier.result : await this.records.add(student, earlier.added));
      });
      return;
    }
    const best = bestOf(trainings);
    if (best !== undefined) this.#rates.set(rateName(student), best.learningRate);
    const { experiment, store } = this.session;
    const [measured] = trainings.flatMap(({ trained, name }) => (trained.kind === 'measured' ? [{ metrics: trained.metrics, name }] : []));
    work.measured = measured !== undefined;
    const found =
      measured !== undefined
        ? { metrics: measured.metrics, ofCases: casesFrom(await store.get(measured.name)) }
        : best === undefined
          ? { metrics: {} }
          : await this.#evaluated(student, best.name, experiment.metrics, signal);
    await work.commit(() => this.#keep(work, best, found));
  }

  async #keep({ student, trainings, measured }: StudentWork, best: TrainedAt | undefined, values: Measured): Promise<void> {
    const { observer, store, checkpoints } = this.session;
    const { model, arm, seed } = student;
    const subject = subjectOf(student);
    for (const each of trainings) if (!each.told) tellLosses(each.trained, subject, observer);
    const about = { data: arm.label, student: model.label, seed, sequences: trainings[0]?.trained.sequences ?? 0 };
    if (!measured && best === undefined)
      observer.onNote?.(`${subject}: Training diverged before the first validation; this student has no metrics.`);
    if (best?.trained.training.diverged === true)
      observer.onNote?.(`${subject}: Training diverged; the best weights before that are used.`);
    if (best !== undefined) {
      this.records.settle(student, best.learningRate);
      if (student.keep) await this.#save(student, best);
    }
    const found = measured
      ? { ...about, trainingSeconds: 0, ...values }
      : { ...about, trainingSeconds: best?.result.seconds ?? 0, trainingSteps: best?.trained.training.steps ?? 0, ...values };
    this.#told(await this.records.add(student, found));
    for (const { job } of trainings) {
      await store.forget(jobId(job));
      await checkpoints.removeFolder(trainingFolder(shortId(job)));
    }
  }

  async #save(student: StudentOfArm, { name, trained, result, learningRate }: TrainedAt): Promise<void> {
    const { directory, experiment, dataset, store } = this.session;
    const weights = weightsFrom(await store.get(name));
    await new Student({
      ...{ model: student.model, weights, maxLength: experiment.config.maxLength },
      ...namesOf({ ...dataset, id: experiment.dataset.definition.id }),
      training: { ...trained.training, learningRate, seconds: result.seconds },
    }).save(directory.file(fileOf(student)));
    await this.records.saved(student);
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
    const { records } = this;
    const result = records.resultOf(student);
    if (result === undefined) return undefined;
    const { directory, observer } = this.session;
    const weights = await records.weightsOf(student);
    if (weights === 'altered') {
      observer.onNote?.(`The file ${directory.file(fileOf(student))} is gone or was altered: its student is trained again.`);
      return undefined;
    }
    const added = records.metricsWithout(result);
    if (added.length === 0) return { result };
    if (weights === 'kept') return { result, added: await this.#evaluatedKept(student, added, signal) };
    if (result.trainingSteps !== undefined) {
      const keys = added.map(({ key }) => key).join(', ');
      observer.onNote?.(`${subjectOf(student)}: Its weights were not kept, so that it is trained again for ${keys}.`);
    }
    return undefined;
  }

  /** Evaluates metrics that were added later with the weights of a student that was kept. */
  async #evaluatedKept(student: StudentOfArm, added: readonly Metric[], signal: AbortSignal) {
    const { directory, store } = this.session;
    const { weights } = await loadStudent(directory.file(fileOf(student)), { models: [student.model.definition] });
    const name = await store.put(weightsValues(weights), fileOf(student));
    const found = await this.#evaluated(student, name, added, signal);
    await store.remove(name);
    return found;
  }

  #words({ data, seed, metrics }: StudentResult): string {
    const values = this.session.experiment.metrics.map(({ key }) => `${key} ${shown(metrics[key] ?? Number.NaN)}`);
    return `${data}, seed ${seed}: test ${values.join(', ')}`;
  }
}

function tellLosses(trained: TrainedStudent, subject: string, observer: Observer): void {
  const losses: readonly LossAt[] = trained.kind === 'measured' ? [] : trained.losses;
  for (const { step, loss } of losses) observer.onMeasurement?.({ phase: 'students', subject, step, values: { loss } });
}
