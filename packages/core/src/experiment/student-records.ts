import type { Metric } from '../evaluation/metric.js';
import type { MeasuredStudent, StudentResult } from '../report/summary.js';
import { checksumOfStudent } from '../run/student-files.js';
import type { SavedTensor } from '../storage/safetensors.js';
import type { Session } from './session.js';
import { fileOf, rateName, type StudentOfArm } from './student-work.js';

/** What is written of students that are done. */
interface Known {
  readonly results: StudentResult[];
  /** Learning rates that first seeds settled on, by student and arm. */
  readonly rates: Record<string, number>;
  /** Checksums of students that are kept, by their files. */
  readonly students: Record<string, string>;
}

const CHECKPOINT = 'results';

const casesName = ({ student, data, seed }: Pick<StudentResult, 'student' | 'data' | 'seed'>): string => `${student} ${data} ${seed}`;

/** What is known of students that are done, in this session or an earlier one. */
export class StudentRecords {
  private constructor(
    private readonly session: Session,
    private readonly known: Known,
    /** The selection metric of each test case, by {@link casesName}. */
    private readonly cases: Record<string, SavedTensor>,
  ) {}

  static async open(session: Session): Promise<StudentRecords> {
    const saved = await session.checkpoints.load(CHECKPOINT);
    if (saved === undefined) return new StudentRecords(session, { results: [], rates: {}, students: {} }, {});
    return new StudentRecords(session, saved.state as Known, { ...saved.tensors });
  }

  /** Learning rates that first seeds settled on, by {@link rateName}. */
  get rates(): Readonly<Record<string, number>> {
    return this.known.rates;
  }

  /** The results as one session would have made them, whatever was added later. */
  inOrder(): MeasuredStudent[] {
    const { students, arms } = this.session.experiment;
    const place = (labels: readonly { readonly label: string }[], wanted: string): number =>
      labels.findIndex(({ label }) => label === wanted);
    return this.known.results
      .toSorted(
        (a, b) => place(students, a.student) - place(students, b.student) || place(arms, a.data) - place(arms, b.data) || a.seed - b.seed,
      )
      .map((result) => {
        const ofCases = this.cases[casesName(result)]?.values;
        return ofCases instanceof Float32Array ? { ...result, ofCases } : result;
      });
  }

  /** What was measured of a student. */
  resultOf(student: StudentOfArm): StudentResult | undefined {
    return this.known.results[this.#placeOf(student)];
  }

  /** Keeps the learning rate that a student's arm settled on, as soon as something of it is {@link add added}. */
  settle(student: StudentOfArm, learningRate: number): void {
    this.known.rates[rateName(student)] = learningRate;
  }

  /** Keeps the checksum of a student that was saved, likewise. */
  async saved(student: StudentOfArm): Promise<void> {
    const file = fileOf(student);
    const checksum = await checksumOfStudent(this.session.directory.path, file);
    if (checksum !== undefined) this.known.students[file] = checksum;
  }

  /** Whether the weights of a student were kept, and still are what they were. */
  async weightsOf(student: StudentOfArm): Promise<'kept' | 'altered' | 'not kept'> {
    const file = fileOf(student);
    const checksum = student.keep ? this.known.students[file] : undefined;
    if (checksum === undefined) return 'not kept';
    return (await checksumOfStudent(this.session.directory.path, file)) === checksum ? 'kept' : 'altered';
  }

  /** Metrics that a result lacks; a student that diverged before anything could be kept has none, and gets none. */
  metricsWithout({ metrics, trainingSteps }: StudentResult): Metric[] {
    if (trainingSteps === 0) return [];
    return this.session.experiment.metrics.filter(({ key }) => metrics[key] === undefined);
  }

  /** Adds to what is known of a student: values that were measured stay what they are. */
  async add(
    student: StudentOfArm,
    { ofCases, ...found }: Partial<MeasuredStudent> & Pick<StudentResult, 'metrics'>,
  ): Promise<StudentResult> {
    const { results } = this.known;
    const place = this.#placeOf(student);
    const before = results[place];
    const values = { ...found.metrics, ...before?.metrics };
    const keys = this.session.experiment.metrics.map(({ key }) => key).filter((key) => values[key] !== undefined);
    const metrics = Object.fromEntries(keys.map((key) => [key, values[key] as number]));
    const result = { ...before, ...found, metrics } as StudentResult;
    if (before === undefined) results.push(result);
    else results[place] = result;
    if (ofCases !== undefined) this.cases[casesName(result)] = { shape: [ofCases.length], values: ofCases };
    await this.session.checkpoints.save(CHECKPOINT, { tensors: this.cases, state: this.known });
    return result;
  }

  /** Where the result of a student is, -1 where there is none. */
  #placeOf({ arm, model, seed }: StudentOfArm): number {
    return this.known.results.findIndex((each) => each.data === arm.label && each.student === model.label && each.seed === seed);
  }
}
