import type { Engine } from '../engine/engine.js';
import { valueOfScore } from '../evaluation/metric.js';
import { Validation, type ValidationCriterion } from '../evaluation/validation.js';
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
import type { TeacherOptions } from './options.js';
import type { Teacher, TeacherAt } from './taught.js';

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

/** Whether a distillation needs a teacher: to start from, or for the weights along its way. */
export const distillsFromTeacher = ({ definition }: ConfiguredInitialisation, { snapshots }: TeacherOptions): boolean =>
  definition.needsTeacher || snapshots > 0;

interface TeacherState {
  readonly seconds: number;
  readonly snapshots: number;
}

const CHECKPOINT = 'teacher';

/** Trains the teacher, or takes it from its checkpoint. */
export async function trainTeacher(request: TeacherRequest): Promise<Teacher> {
  const { checkpoints } = request;
  const saved = await checkpoints.load(CHECKPOINT);
  if (saved !== undefined) return teacherFrom(saved.tensors, saved.state as TeacherState);
  const progress = new TrainingCheckpoints(checkpoints, request.observer, CHECKPOINT);
  const teacher = await trainNew(request, (learningRate) => trainTeacherAt(learningRate, { ...request, progress }));
  const { weights, snapshots, seconds } = teacher;
  const tensors = {
    weights: { shape: [weights.length], values: weights },
    ...Object.fromEntries(snapshots.map((values, index) => [`snapshot.${index}`, { shape: [values.length], values }])),
  };
  await checkpoints.save(CHECKPOINT, { tensors, state: { seconds, snapshots: snapshots.length } satisfies TeacherState });
  await progress.clear();
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

async function trainNew(request: TeacherRequest, trainAt: (learningRate: number) => Promise<TeacherAt>): Promise<Teacher> {
  const { criterion, options, observer, elsewhere } = request;
  const { metric } = criterion;
  observer.onPhase?.('teacher', { title: 'training the teacher on the full data', total: options.maxSteps });
  const rates = learningRatesOf(options);
  const { trained } = await chooseRate(rates, elsewhere === undefined ? trainAt : askingAt(rates, elsewhere, observer));
  observer.onNote?.(
    `The teacher has ${metric.key} ${shown(valueOfScore(metric, trained.score))} on validation after ${trained.step} steps.`,
  );
  const { weights, snapshots, seconds } = trained;
  return { weights, snapshots, seconds };
}

/** Asks others for trainings: for all before the first is waited for, where several are done at the same time. */
function askingAt(rates: readonly number[], elsewhere: Elsewhere, observer: Observer): (learningRate: number) => Promise<TeacherAt> {
  const asked = new Map(elsewhere.workers === 1 ? [] : rates.map((rate) => [rate, elsewhere.teacherAt(rate)]));
  // whoever waits for them in turn hears of what fails
  for (const each of asked.values()) each.catch(() => undefined);
  return async (learningRate) => {
    const taught = await (asked.get(learningRate) ?? elsewhere.teacherAt(learningRate));
    for (const { step, loss } of taught.untold) tellLoss(observer, step, loss);
    if ('diverged' in taught) throw taught.diverged;
    return taught.teacher;
  };
}

const tellLoss = (observer: Observer, step: number, loss: number): void =>
  observer.onMeasurement?.({ phase: 'teacher', subject: 'teacher', step, values: { loss } });

/**
 * Trains the teacher at one learning rate.
 *
 * @throws FARZI_NON_FINITE when training diverges, FARZI_INTERRUPTED when the signal aborts
 */
export async function trainTeacherAt(learningRate: number, request: TeacherTraining): Promise<TeacherAt> {
  const { engine, model, criterion, options, observer, stream, progress, signal } = request;
  const { metric } = criterion;
  const told = (done: number, detail: string): void => observer.onProgress?.({ phase: 'teacher', done, total: options.maxSteps, detail });
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
      stream: stream.child('teacher'),
      validate: async (weights) => {
        const score = await validation.score(weights);
        latest = `validation ${metric.key} ${shown(valueOfScore(metric, score))}`;
        return score;
      },
      onStep: (step, loss) => {
        if (step > from) told(step, latest);
        if (loss !== undefined) tellLoss(observer, step, loss);
      },
      keepSnapshots: options.snapshots > 0,
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
