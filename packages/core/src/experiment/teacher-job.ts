import type { MemberTraining, TeacherAt } from '../distill/taught.js';
import { trainTeacherAt } from '../distill/teacher.js';
import { prefixed, withPrefix } from '../engine/saved-tensors.js';
import { isFarziError } from '../errors.js';
import type { Done, Job, JobHelp } from '../executor/job.js';
import { receivedError, type SentError, sentError } from '../executor/messages.js';
import { RandomStream } from '../random/stream.js';
import type { Checkpoint } from '../storage/checkpoint-bytes.js';
import type { SavedTensors } from '../storage/safetensors.js';
import { TrainingCheckpoints } from '../training/checkpoints.js';
import type { LossAt } from '../training/train.js';
import { LossesHeard } from './losses-heard.js';
import { weightsFrom, weightsValues } from './job-inputs.js';
import { JobParts, type Workshop } from './job-parts.js';

/** Kind of the job that trains a member of the teacher at one learning rate. */
export const TEACHER = 'teacher';

const SNAPSHOT = 'snapshot.';

type TaughtState = { readonly losses: readonly LossAt[] } & (
  | (Omit<TeacherAt, 'weights' | 'snapshots' | 'seconds'> & { readonly snapshots: number })
  | { readonly diverged: SentError }
);

/** Trains a member of the teacher at one learning rate. */
export async function trainTeacherJob(job: Job, name: string, help: JobHelp, workshop: Workshop): Promise<Done> {
  const { learningRate = 0, member = 0 } = job.numbers;
  const which: MemberTraining = { learningRate, member };
  const parts = await JobParts.of(job, workshop);
  const { experiment, corpus, protocol } = parts;
  const losses = new LossesHeard(help.observer);
  const answer = (state: TaughtState, tensors: SavedTensors, seconds: number): Done => ({
    outputs: { teacher: { tensors, state } },
    seconds,
  });
  try {
    const { weights, snapshots, seconds, ...trained } = await trainTeacherAt(which, {
      ...{ engine: workshop.engine, model: parts.traced(experiment.model), train: corpus.train, options: experiment.teacher },
      criterion: { cases: corpus.validation, metric: experiment.selection, protocol },
      stream: new RandomStream(experiment.config.seed),
      progress: new TrainingCheckpoints(workshop.checkpoints, help.observer, name),
      observer: losses.observer,
      ...(help.signal === undefined ? {} : { signal: help.signal }),
    });
    const along = snapshots.map((values, index) => prefixed(`${SNAPSHOT}${index}.`, weightsValues(values).tensors));
    const tensors = Object.assign({}, weightsValues(weights).tensors, ...along) as SavedTensors;
    return answer({ ...trained, snapshots: snapshots.length, losses: losses.all }, tensors, seconds);
  } catch (error) {
    if (!isFarziError(error) || error.code !== 'FARZI_NON_FINITE') throw error;
    return answer({ diverged: sentError(error), losses: losses.all }, {}, 0);
  }
}

/** What {@link trainTeacherJob} found. */
export function taughtFrom(
  { tensors, state }: Checkpoint,
  seconds: number,
): { readonly losses: readonly LossAt[] } & ({ readonly teacher: TeacherAt } | { readonly diverged: Error }) {
  const found = state as TaughtState;
  const { losses } = found;
  if ('diverged' in found) return { losses, diverged: receivedError(found.diverged) };
  const { snapshots: count, score, step } = found;
  const snapshots = Array.from({ length: count }, (_, index) =>
    weightsFrom({ tensors: withPrefix(`${SNAPSHOT}${index}.`, tensors), state: {} }),
  );
  return { losses, teacher: { weights: weightsFrom({ tensors, state: {} }), snapshots, score, step, seconds } };
}
