import type { Engine } from '../engine/engine.js';
import { valueOfScore } from '../evaluation/metric.js';
import { Validation, type ValidationCriterion } from '../evaluation/validation.js';
import { ensembleOf } from '../model/ensemble.js';
import type { TracedModel } from '../model/traced-model.js';
import type { RandomStream } from '../random/stream.js';
import type { Observer } from '../report/reporter.js';
import { shown } from '../report/shown.js';
import type { CheckpointStore } from '../storage/checkpoints.js';
import type { SavedTensors } from '../storage/safetensors.js';
import { TrainingCheckpoints } from '../training/checkpoints.js';
import { chooseRate, learningRatesOf } from '../training/learning-rates.js';
import { realSource } from '../training/real.js';
import { train } from '../training/train.js';
import type { ConfiguredInitialisation } from '../synthetic/initialisation.js';
import type { Elsewhere } from './elsewhere.js';
import type { DistillationOptions, TeacherOptions } from './options.js';
import type { MemberTraining, TaughtElsewhere, Teacher, TeacherAt } from './taught.js';

/** What a teacher is trained with. */
export interface TeacherTraining {
  readonly engine: Engine;
  readonly model: TracedModel;
  readonly train: readonly Int32Array[];
  readonly criterion: ValidationCriterion;
  readonly options: TeacherOptions;
  readonly stream: RandomStream;
  /** Of trainings under way. */
  readonly progress: TrainingCheckpoints;
  readonly observer: Observer;
  readonly signal?: AbortSignal;
}

/** What a teacher is trained with, and where it is kept. */
export interface TeacherRequest extends Omit<TeacherTraining, 'progress'> {
  readonly checkpoints: CheckpointStore;
  readonly elsewhere?: Elsewhere | undefined;
}

/** Whether the outer loop asks a teacher along its way. */
export const asksTeacher = ({ metaOptimizer: { definition, options } }: Pick<DistillationOptions, 'metaOptimizer'>): boolean =>
  definition.needsTeacher?.(options as never) === true;

/** Whether a distillation needs a teacher: to start from, for the weights along its way, or to ask it in the outer loop. */
export const distillsFromTeacher = (
  { definition }: ConfiguredInitialisation,
  { snapshots }: TeacherOptions,
  options: Pick<DistillationOptions, 'metaOptimizer'>,
): boolean => definition.needsTeacher || snapshots > 0 || asksTeacher(options);

interface TeacherState {
  readonly seconds: number;
  readonly snapshots: number;
}

const CHECKPOINT = 'teacher';

/** What a member is called among measurements and checkpoints. */
const nameOf = (member: number): string => (member === 0 ? CHECKPOINT : `${CHECKPOINT} ${member + 1}`);

/** Trains the teacher, or takes it from its checkpoint. */
export async function trainTeacher(request: TeacherRequest): Promise<Teacher> {
  const { checkpoints, observer, options } = request;
  const saved = await checkpoints.load(CHECKPOINT);
  if (saved !== undefined) return teacherFrom(saved.tensors, saved.state as TeacherState);
  const progressOf = (member: number): TrainingCheckpoints => new TrainingCheckpoints(checkpoints, observer, nameOf(member));
  const teacher = await trainNew(request, (each) => trainTeacherAt(each, { ...request, progress: progressOf(each.member) }));
  const { weights, snapshots, seconds } = teacher;
  const tensors = {
    weights: { shape: [weights.length], values: weights },
    ...Object.fromEntries(snapshots.map((values, index) => [`snapshot.${index}`, { shape: [values.length], values }])),
  };
  await checkpoints.save(CHECKPOINT, { tensors, state: { seconds, snapshots: snapshots.length } satisfies TeacherState });
  for (let member = 0; member < options.members; member++) await progressOf(member).clear();
  await request.elsewhere?.taught();
  return teacher;
}

function teacherFrom(tensors: SavedTensors, { seconds, snapshots }: TeacherState): Teacher {
  const values = (name: string): Float32Array => tensors[name]?.values as Float32Array;
  return {
    weights: values('weights'),
    snapshots: Array.from({ length: snapshots }, (_, index) => values(`snapshot.${index}`)),
    seconds,
  };
}

/** Trains all members; the first one settles the learning rate. */
async function trainNew(request: TeacherRequest, trainHere: (each: MemberTraining) => Promise<TeacherAt>): Promise<Teacher> {
  const { options, observer, elsewhere } = request;
  observer.onPhase?.('teacher', { title: 'training the teacher on the full data', total: options.maxSteps });
  const begin = (all: readonly MemberTraining[]): Begun[] =>
    elsewhere === undefined ? all.map((each) => () => trainHere(each)) : askedOf(elsewhere, all, observer);
  const rates = learningRatesOf(options);
  const atRates = begin(rates.map((learningRate) => ({ learningRate, member: 0 })));
  const { trained: first, learningRate } = await chooseRate(rates, (rate) => (atRates[rates.indexOf(rate)] as Begun)());
  const others = begin(Array.from({ length: options.members - 1 }, (_, index) => ({ learningRate, member: index + 1 })));
  const members = [first];
  for (const finish of others) members.push(await finish());
  const weights = new Float32Array(members.length * first.weights.length);
  for (const [index, member] of members.entries()) weights.set(member.weights, index * member.weights.length);
  observer.onNote?.(await verdict(request, members, weights));
  return { weights, snapshots: first.snapshots, seconds: members.reduce((sum, member) => sum + member.seconds, 0) };
}

/** What is said of a teacher: how good it is on validation, each member and all together. */
async function verdict(
  { engine, model, criterion }: TeacherRequest,
  members: readonly TeacherAt[],
  weights: Float32Array,
): Promise<string> {
  const { metric } = criterion;
  const said = (score: number): string => shown(valueOfScore(metric, score));
  const [only] = members;
  if (only !== undefined && members.length === 1)
    return `The teacher has ${metric.key} ${said(only.score)} on validation after ${only.step} steps.`;
  const validation = await Validation.compile(engine, ensembleOf(model, members.length), criterion);
  const uploaded = engine.upload(weights, [weights.length]);
  try {
    const together = await validation.score(uploaded);
    const each = members.map(({ score, step }) => `${said(score)} after ${step} steps`).join(', ');
    return `The teacher has ${metric.key} ${said(together)} on validation, its members ${each}.`;
  } finally {
    uploaded.dispose();
    await validation.dispose();
  }
}

/** Waits for a training, which others may have begun. */
type Begun = () => Promise<TeacherAt>;

/** Asks others for trainings: for all before the first is waited for, where several are done at the same time. */
function askedOf(elsewhere: Elsewhere, all: readonly MemberTraining[], observer: Observer): Begun[] {
  return all.map((each) => {
    const ask = (): Promise<TaughtElsewhere> => elsewhere.teacherAt(each);
    const asked = elsewhere.workers === 1 ? undefined : ask();
    // whoever waits for them in turn hears of what fails
    asked?.catch(() => undefined);
    return async () => {
      const taught = await (asked ?? ask());
      for (const { step, loss } of taught.untold) tellLoss(observer, each.member, step, loss);
      if ('diverged' in taught) throw taught.diverged;
      return taught.teacher;
    };
  });
}

const tellLoss = (observer: Observer, member: number, step: number, loss: number): void =>
  observer.onMeasurement?.({ phase: 'teacher', subject: nameOf(member), step, values: { loss } });

/**
 * Trains a member of the teacher at one learning rate.
 *
 * @throws FARZI_NON_FINITE when training diverges, FARZI_INTERRUPTED when the signal aborts
 */
export async function trainTeacherAt({ learningRate, member }: MemberTraining, request: TeacherTraining): Promise<TeacherAt> {
  const { engine, model, criterion, options, observer, stream, progress, signal } = request;
  const { metric } = criterion;
  const which = member === 0 ? '' : `member ${member + 1} `;
  const told = (done: number, detail: string): void =>
    observer.onProgress?.({ phase: 'teacher', done, total: options.maxSteps, detail: which + detail });
  const validation = await Validation.compile(engine, model, criterion);
  const source = realSource(model, request.train, { batchSize: options.batchSize, length: criterion.protocol.length });
  const checkpoint = await progress.at(learningRate);
  const from = checkpoint.resumeFrom?.progress.step ?? 0;
  if (from > 0) told(from, 'going on from the checkpoint');
  let latest = '';
  try {
    const trained = await train({
      engine,
      source,
      optimizer: options.optimizer,
      budget: { ...options, learningRate },
      stream: member === 0 ? stream.child('teacher') : stream.child('teacher', member),
      validate: async (weights) => {
        const score = await validation.score(weights);
        latest = `validation ${metric.key} ${shown(valueOfScore(metric, score))}`;
        return score;
      },
      onStep: (step, loss) => {
        if (step > from) told(step, latest);
        if (loss !== undefined) tellLoss(observer, member, step, loss);
      },
      keepSnapshots: options.snapshots > 0 && member === 0,
      ...checkpoint,
      ...(signal === undefined ? {} : { signal }),
    });
    const weights = Float32Array.from(await engine.download(trained.weights));
    trained.weights.dispose();
    const { score, step, seconds } = trained;
    return { weights, snapshots: evenly(trained.snapshots, options.snapshots), score, step, seconds };
  } finally {
    await validation.dispose();
  }
}

/** At most `count` items, spread evenly. */
function evenly<T>(items: readonly T[], count: number): T[] {
  const taken = Math.min(count, items.length);
  return Array.from({ length: taken }, (_, index) => items[Math.floor((index * items.length) / taken)] as T);
}
