import type { LabelledArm, LabelledModel } from '../config/resolve.js';
import type { Distillation } from '../distill/distill.js';
import { evaluateScorer, listLengthOf } from '../evaluation/evaluate.js';
import { compileScorer, type EvaluationProtocol } from '../evaluation/validation.js';
import type { ModelScorer } from '../evaluation/model-scorer.js';
import { buildModel } from '../model/definition.js';
import { TracedModel } from '../model/traced-model.js';
import { RandomStream } from '../random/stream.js';
import { shown } from '../report/shown.js';
import type { StudentResult } from '../report/summary.js';
import { checksumOfStudent, studentFile } from '../run/student-files.js';
import type { ArmContext } from '../student/arm.js';
import type { Student } from '../student/student.js';
import { trainNewStudent } from '../student/train-student.js';
import type { TrainingData } from '../student/training-data.js';
import { teacherView } from '../synthetic/teacher-view.js';
import { throwIfAborted } from '../training/interruption.js';
import { lostToDivergence } from '../training/learning-rates.js';
import { protocolOf, type Session } from './session.js';

/** What is known of students that are done. */
interface Done {
  readonly results: StudentResult[];
  /** Learning rates that first seeds settled on, by student and arm. */
  readonly rates: Record<string, number>;
  /** Checksums of students that are kept, by their files. */
  readonly students: Record<string, string>;
}

const CHECKPOINT = 'results';

/** Trains and evaluates the students of every arm, leaving out those that an earlier session has done. */
export async function compareStudents(session: Session, distillation: Distillation): Promise<StudentResult[]> {
  return new Comparison(session, distillation, await doneEarlier(session)).run();
}

async function doneEarlier({ checkpoints }: Session): Promise<Done> {
  const saved = await checkpoints.load(CHECKPOINT);
  return saved === undefined ? { results: [], rates: {}, students: {} } : (saved.state as Done);
}

class Comparison {
  readonly #protocol: EvaluationProtocol;
  readonly #stream: RandomStream;
  #finished = 0;

  constructor(
    private readonly session: Session,
    private readonly distillation: Distillation,
    private readonly done: Done,
  ) {
    this.#protocol = protocolOf(session);
    this.#stream = new RandomStream(session.experiment.config.seed);
  }

  async run(): Promise<StudentResult[]> {
    const { experiment, observer } = this.session;
    const { students, arms } = experiment;
    const total = arms.length * experiment.config.evaluation.seeds * students.length;
    observer.onPhase?.('students', { title: 'training students from scratch', total });
    for (const student of students) await this.#compare(student, total);
    return this.done.results;
  }

  async #compare(model: LabelledModel, total: number): Promise<void> {
    const { experiment, engine, corpus, dataset, observer, signal } = this.session;
    const { seed, evaluation, maxLength } = experiment.config;
    const traced = new TracedModel(buildModel(model, { vocabularySize: dataset.vocabulary.length, maxLength }));
    const cases = [...corpus.validation, ...dataset.test];
    const scorer = await compileScorer(engine, traced, this.#protocol, cases, experiment.metrics);
    try {
      for (const arm of experiment.arms) {
        for (let index = 0; index < evaluation.seeds; index++) {
          throwIfAborted(signal);
          const task = { arm, model, traced, scorer, seed: seed + index, keep: index === 0 };
          const result = (await this.#known(task)) ?? (await this.#measure(task));
          this.#finished += 1;
          observer.onProgress?.({ phase: 'students', done: this.#finished, total, detail: this.#words(result) });
          // what needs no training is the same for every seed
          if (result.trainingSteps === undefined) {
            this.#finished += evaluation.seeds - 1 - index;
            break;
          }
        }
      }
    } finally {
      await scorer.dispose();
    }
  }

  /** What an earlier session measured, unless the student that it kept is no longer there. */
  async #known(task: StudentTask): Promise<StudentResult | undefined> {
    const result = this.done.results[this.#placeOf(task)];
    if (result === undefined || !task.keep) return result;
    const { directory, observer } = this.session;
    const file = fileOf(task);
    const kept = this.done.students[file];
    if (kept === undefined || (await checksumOfStudent(directory.path, file)) === kept) return result;
    observer.onNote?.(`${directory.file(file)} is gone or was altered: its student is trained again`);
    return undefined;
  }

  /** Where the result of a student is, -1 where there is none. */
  #placeOf({ arm, model, seed }: StudentTask): number {
    return this.done.results.findIndex((each) => each.data === arm.label && each.student === model.label && each.seed === seed);
  }

  #record(task: StudentTask, result: StudentResult): void {
    const place = this.#placeOf(task);
    if (place < 0) this.done.results.push(result);
    else this.done.results[place] = result;
  }

  #words({ data, seed, metrics }: StudentResult): string {
    const values = this.session.experiment.metrics.map(({ key }) => `${key} ${shown(metrics[key] ?? Number.NaN)}`);
    return `${data}, seed ${seed}: test ${values.join(', ')}`;
  }

  async #measure(task: StudentTask): Promise<StudentResult> {
    const { done, session } = this;
    const { model, arm } = task;
    const arrangement = await arm.definition.create(arm.options as never, this.#context(task));
    const about = { data: arm.label, student: model.label, seed: task.seed, sequences: arrangement.sequences };
    const result =
      'scorer' in arrangement
        ? { ...about, trainingSeconds: 0, metrics: await this.#evaluate(arrangement.scorer) }
        : { ...about, ...(await this.#test(task, await this.#train(task, arrangement.data))) };
    this.#record(task, result);
    await session.checkpoints.save(CHECKPOINT, { tensors: {}, state: done });
    await session.checkpoints.removeFolder('training');
    return result;
  }

  /** Trains one student, or none where it diverges at every rate before anything could be kept. */
  async #train({ arm, model, traced, seed }: StudentTask, data: TrainingData): Promise<Student | undefined> {
    const { experiment, engine, corpus, dataset, checkpoints, observer, signal } = this.session;
    const { vocabulary, titles } = dataset;
    const training = experiment[arm.definition.budget];
    const rates = `${model.label} ${arm.label}`;
    const rate = this.done.rates[rates];
    const student = await trainNewStudent({
      ...{ engine, model, traced, data, vocabulary, checkpoints, observer },
      ...(titles === undefined ? {} : { titles }),
      maxLength: experiment.config.maxLength,
      training: rate === undefined ? training : { ...training, learningRate: rate },
      criterion: { cases: corpus.validation, metric: experiment.selection, protocol: this.#protocol },
      stream: this.#streamOf(model, seed),
      subject: `${arm.label} seed ${seed}`,
      ...(signal === undefined ? {} : { signal }),
    }).catch(lostToDivergence);
    if (student?.training !== undefined) this.done.rates[rates] = student.training.learningRate;
    return student;
  }

  async #test(
    task: StudentTask,
    student: Student | undefined,
  ): Promise<Pick<StudentResult, 'trainingSeconds' | 'trainingSteps' | 'metrics'>> {
    const { engine, observer } = this.session;
    const { arm, scorer, seed, keep } = task;
    const subject = `${arm.label} seed ${seed}`;
    if (student?.training === undefined) {
      observer.onNote?.(`${subject}: training diverged before the first validation; this student has no metrics`);
      return { trainingSeconds: 0, trainingSteps: 0, metrics: {} };
    }
    const { diverged, seconds, steps } = student.training;
    if (diverged) observer.onNote?.(`${subject}: training diverged; the best weights before that are used`);
    const weights = engine.upload(student.weights, [student.weights.length]);
    const metrics = await this.#evaluate(scorer.scorer(weights));
    weights.dispose();
    if (keep) await this.#keep(task, student);
    return { trainingSeconds: seconds, trainingSteps: steps, metrics };
  }

  async #keep(task: StudentTask, student: Student): Promise<void> {
    const { directory } = this.session;
    const file = fileOf(task);
    await student.save(directory.file(file));
    const checksum = await checksumOfStudent(directory.path, file);
    if (checksum !== undefined) this.done.students[file] = checksum;
  }

  #evaluate(scorer: Parameters<typeof evaluateScorer>[0]): Promise<Record<string, number>> {
    const { dataset, experiment } = this.session;
    return evaluateScorer(scorer, dataset.test, experiment.metrics, this.#protocol.context);
  }

  /** The seed alone settles the initial weights and the order of batches, so that arms are compared in pairs. */
  #streamOf({ label }: LabelledModel, seed: number): RandomStream {
    return this.#stream.child('student', label, seed);
  }

  #context({ model, seed }: StudentTask): ArmContext {
    const { engine, corpus, experiment } = this.session;
    const { synthetic, initial, teacher } = this.distillation;
    const { maxLength, evaluation } = experiment.config;
    return {
      engine,
      train: corpus.train,
      occurrences: this.#protocol.context.occurrences,
      synthetic: { distilled: synthetic.data, initial },
      length: maxLength,
      maskSeen: evaluation.maskSeen,
      listLength: listLengthOf(experiment.metrics),
      teacher: teacher === undefined ? undefined : teacherView(engine, this.#learner(), teacher.weights, maxLength),
      stream: this.#streamOf(model, seed),
    };
  }

  #learner(): TracedModel {
    const { experiment, dataset } = this.session;
    return new TracedModel(
      buildModel(experiment.model, { vocabularySize: dataset.vocabulary.length, maxLength: experiment.config.maxLength }),
    );
  }
}

const fileOf = ({ arm, model }: StudentTask): string => studentFile({ student: model.label, data: arm.label });

/** One student of one arm. */
interface StudentTask {
  readonly arm: LabelledArm;
  readonly model: LabelledModel;
  readonly traced: TracedModel;
  readonly scorer: ModelScorer;
  readonly seed: number;
  /** Whether the student is kept in the run directory. */
  readonly keep: boolean;
}
