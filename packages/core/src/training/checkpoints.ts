import type { Observer } from '../report/reporter.js';
import type { CheckpointStore } from '../storage/checkpoints.js';
import type { TrainingProgress, TrainingRequest } from './train.js';

/** What a checkpoint holds besides arrays. */
interface SavedTraining {
  readonly progress: TrainingProgress;
}

/**
 * Checkpoints of a training under way, one for each learning rate that is tried. They go when the result is kept
 * elsewhere.
 */
export class TrainingCheckpoints {
  /** @param subject - tells trainings of a job apart: checkpoints of another one are not gone on with */
  constructor(
    private readonly store: CheckpointStore,
    private readonly observer: Observer,
    private readonly subject: string,
  ) {}

  /** What a training at some rate needs to be saved, and to go on from where it was. */
  async at(learningRate: number): Promise<Pick<TrainingRequest, 'onCheckpoint' | 'resumeFrom'>> {
    const { store, observer } = this;
    const name = `${trainingFolder(this.subject)}/${learningRate}`;
    const saved = await store.load(name);
    const state = saved?.state as SavedTraining | undefined;
    return {
      onCheckpoint: async ({ progress, tensors }) => {
        const path = await store.save(name, { tensors, state: { progress } satisfies SavedTraining });
        if (path !== '') observer.onCheckpoint?.(path);
      },
      ...(saved !== undefined && state !== undefined ? { resumeFrom: { progress: state.progress, tensors: saved.tensors } } : {}),
    };
  }

  clear(): Promise<void> {
    return this.store.removeFolder(trainingFolder(this.subject));
  }
}

/** Where the checkpoints of all trainings are. */
export const TRAININGS = 'training';

/** Where those of one are. */
export const trainingFolder = (subject: string): string => `${TRAININGS}/${subject}`;
