import type { LabelledArm, LabelledModel } from '../config/resolve.js';
import type { Distillation } from '../distill/distill.js';
import { evaluateScorer, listLengthOf, type Scorer } from '../evaluation/evaluate.js';
import type { Metric } from '../evaluation/metric.js';
import { compileScorer, type EvaluationProtocol } from '../evaluation/validation.js';
import type { ModelScorer } from '../evaluation/model-scorer.js';
import { buildModel } from '../model/definition.js';
import { TracedModel } from '../model/traced-model.js';
import { RandomStream } from '../random/stream.js';
import { shown } from '../report/shown.js';
import type { StudentResult } from '../report/summary.js';
import { checksumOfStudent, studentFile } from '../run/student-files.js';
import type { ArmContext } from '../student/arm.js';
import { loadStudent } from '../student/load-student.js';
import type { Student } from '../student/student.js';
import { namesOf, trainNewStudent } from '../student/train-student.js';
import type { TrainingData } from '../student/training-data.js';
import { storedBytes } from '../synthetic/stored-bytes.js';
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

/**
 * Trains and evaluates the students of every arm, leaving out what an earlier session has done, also one that had fewer
 * students, arms, metrics or seeds to do.
 */
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
  readonly #bytes: number;
  #finished = 0;

  constructor(
    private readonly session: Session,
    private readonly distillation: Distillation,
    private readonly done: Done,
  ) {
    this.#protocol = protocolOf(session);
    this.#stream = new RandomStream(session.experiment.config.seed);
    this.#bytes = storedBytes(distillation.synthetic).total;
  }

  async run(): Promise<StudentResult[]> {
    const { experiment, observer } = this.session;
    const { students, arms } = experiment;
    const total = arms.length * experiment.config.evaluation.seeds * students.length;
    observer.onPhase?.('students', { title: 'training students from scratch', total });
    for (const student of students) await this.#compare(student, total);
    return this.#inOrder();
  }

  /** The results as one session would have made them, whatever was added later. */
  #inOrder(): StudentResult[] {
    const { students, arms } = this.session.experiment;
    const place = (labels: readonly { readonly label: string }[], wanted: string): number =>
      labels.findIndex(({ label }) => label === wanted);
    return this.done.results.toSorted(
      (a, b) => place(students, a.student) - place(students, b.student) || place(arms, a.data) - place(arms, b.data) || a.seed - b.seed,
    );
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

  /**
   * What an earlier session measured, and what is added to it without training; `undefined` where a student has to be
   * trained, for the first time or again.
   */
  async #known(task: StudentTask): Promise<StudentResult | undefined> {
    const result = this.done.results[this.#placeOf(task)];
    if (result === undefined) return undefined;
    const { directory, observer } = this.session;
    const file = fileOf(task);
    const checksum = task.keep ? this.done.students[file] : undefined;
    if (checksum !== undefined && (await checksumOfStudent(directory.path, file)) !== checksum) {
      observer.onNote?.(`The file ${directory.file(file)} is gone or was altered: its student is trained again.`);
      return undefined;
    }
    const added = this.#metricsWithout(result);
    if (added.length === 0) return result;
    if (checksum !== undefined) return this.#evaluateKept(task, added);
    if (result.trainingSteps !== undefined) {
      const keys = added.map(({ key }) => key).join(', ');
      observer.onNote?.(`${subjectOf(task)}: Its weights were not kept, so that it is trained again for ${keys}.`);
    }
    return undefined;
  }

  /** Metrics that a result lacks; a student that diverged before anything could be kept has none, and gets none. */
  #metricsWithout({ metrics, trainingSteps }: StudentResult): Metric[] {
    if (trainingSteps === 0) return [];
    return this.session.experiment.metrics.filter(({ key }) => metrics[key] === undefined);
  }

  /** Evaluates metrics that were added later with the weights of a student that was kept. */
  async #evaluateKept(task: StudentTask, added: readonly Metric[]): Promise<StudentResult | undefined> {
    const { directory, engine } = this.session;
    const { weights: values } = await loadStudent(directory.file(fileOf(task)), { models: [task.model.definition] });
    const weights = engine.upload(values, [values.length]);
    const metrics = await this.#evaluate(task.scorer.scorer(weights), added);
    weights.dispose();
    return this.#record(task, { metrics });
  }

  /** Where the result of a student is, -1 where there is none. */
  #placeOf({ arm, model, seed }: StudentTask): number {
    return this.done.results.findIndex((each) => each.data === arm.label && each.student === model.label && each.seed === seed);
  }

  /** Adds to what is known of a student: values that were measured stay what they are. */
  async #record(task: StudentTask, found: Partial<StudentResult> & Pick<StudentResult, 'metrics'>): Promise<StudentResult> {
    const { done, session } = this;
    const place = this.#placeOf(task);
    const before = done.results[place];
    const values = { ...found.metrics, ...before?.metrics };
    const keys = session.experiment.metrics.map(({ key }) => key).filter((key) => values[key] !== undefined);
    const metrics = Object.fromEntries(keys.map((key) => [key, values[key] as number]));
    const result = { ...before, ...found, metrics } as StudentResult;
    if (before === undefined) done.results.push(result);
    else done.results[place] = result;
    await session.checkpoints.save(CHECKPOINT, { tensors: {}, state: done });
    return result;
  }

  #words({ data, seed, metrics }: StudentResult): string {
    const values = this.session.experiment.metrics.map(({ key }) => `${key} ${shown(metrics[key] ?? Number.NaN)}`);
    return `${data}, seed ${seed}: test ${values.join(', ')}`;
  }

  async #measure(task: StudentTask): Promise<StudentResult> {
    const { experiment, checkpoints } = this.session;
    const { model, arm } = task;
    const arrangement = await arm.definition.create(arm.options as never, this.#context(task));
    const about = { data: arm.label, student: model.label, seed: task.seed, sequences: arrangement.sequences };
    const found =
      'scorer' in arrangement
        ? { ...about, trainingSeconds: 0, metrics: await this.#evaluate(arrangement.scorer, experiment.metrics) }
        : { ...about, ...(await this.#test(task, await this.#train(task, arrangement.data))) };
    const result = await this.#record(task, found);
    await checkpoints.removeFolder('training');
    return result;
  }

  /** Trains one student, or none where it diverges at every rate before anything could be kept. */
  async #train(task: StudentTask, data: TrainingData): Promise<Student | undefined> {
    const { arm, model, traced, seed } = task;
    const { experiment, engine, corpus, dataset, checkpoints, observer, signal } = this.session;
    const training = experiment[arm.definition.budget];
    const rates = `${model.label} ${arm.label}`;
    const rate = this.done.rates[rates];
    const student = await trainNewStudent({
      ...{ engine, model, traced, data, checkpoints, observer },
      names: namesOf({ ...dataset, id: experiment.dataset.definition.id }),
      maxLength: experiment.config.maxLength,
      training: rate === undefined ? training : { ...training, learningRate: rate },
      criterion: { cases: corpus.validation, metric: experiment.selection, protocol: this.#protocol },
      stream: this.#streamOf(model, seed),
      subject: subjectOf(task),
      owner: model.label,
      ...(signal === undefined ? {} : { signal }),
    }).catch(lostToDivergence);
    if (student?.training !== undefined) this.done.rates[rates] = student.training.learningRate;
    return student;
  }

  async #test(
    task: StudentTask,
    student: Student | undefined,
  ): Promise<Pick<StudentResult, 'trainingSeconds' | 'trainingSteps' | 'metrics'>> {
    const { engine, observer, experiment } = this.session;
    const { scorer, keep } = task;
    const subject = subjectOf(task);
    if (student?.training === undefined) {
      observer.onNote?.(`${subject}: Training diverged before the first validation; this student has no metrics.`);
      return { trainingSeconds: 0, trainingSteps: 0, metrics: {} };
    }
    const { diverged, seconds, steps } = student.training;
    if (diverged) observer.onNote?.(`${subject}: Training diverged; the best weights before that are used.`);
    const weights = engine.upload(student.weights, [student.weights.length]);
    const metrics = await this.#evaluate(scorer.scorer(weights), experiment.metrics);
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

  #evaluate(scorer: Scorer, metrics: readonly Metric[]): Promise<Record<string, number>> {
    return evaluateScorer(scorer, this.session.dataset.test, metrics, this.#protocol.context);
  }

  /** The seed alone settles the initial weights and the order of batches, so that arms are compared in pairs. */
  #streamOf({ label }: LabelledModel, seed: number): RandomStream {
    return this.#stream.child('student', label, seed);
  }

  #context({ arm, model, seed }: StudentTask): ArmContext {
    const { engine, corpus, experiment } = this.session;
    const { synthetic, initial, teacher } = this.distillation;
    const { maxLength, evaluation } = experiment.config;
    return {
      engine,
      train: corpus.train,
      occurrences: this.#protocol.context.occurrences,
      synthetic: { distilled: synthetic.data, initial, bytes: this.#bytes },
      length: maxLength,
      maskSeen: evaluation.maskSeen,
      listLength: listLengthOf(experiment.metrics),
      teacher:
        arm.definition.needsTeacher === true && teacher !== undefined
          ? teacherView(engine, this.#learner(), teacher.weights, maxLength)
          : undefined,
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

const subjectOf = ({ arm, seed }: StudentTask): string => `${arm.label} seed ${seed}`;
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
