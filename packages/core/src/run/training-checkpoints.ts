import type { TrainingProgress, TrainingRequest } from '../training/train.js';
import type { Session } from '../experiment/session.js';

/** What a checkpoint holds besides arrays. */
interface SavedTraining {
  /** Which training it is of. */
  readonly subject: string;
  readonly progress: TrainingProgress;
}

const FOLDER = 'training';

/** Checkpoints of a training under way, one for each learning rate that is tried. They go when the result is kept elsewhere. */
export class TrainingCheckpoints {
  /** @param subject - tells trainings of a run apart: a checkpoint of another one is not gone on with */
  constructor(
    private readonly session: Session,
    private readonly subject: string,
  ) {}

  /** What a training at some rate needs to be saved, and to go on from where it was. */
  async at(learningRate: number): Promise<Pick<TrainingRequest, 'onCheckpoint' | 'resumeFrom'>> {
    const { subject } = this;
    const { directory, reporters } = this.session;
    const name = `${FOLDER}/${learningRate}`;
    const saved = await directory.loadCheckpoint<SavedTraining>(name);
    return {
      onCheckpoint: async ({ progress, tensors }) => {
        await directory.saveCheckpoint(name, tensors, { subject, progress } satisfies SavedTraining);
        reporters.emit('onCheckpoint', directory.file(`checkpoints/${name}.safetensors`));
      },
      ...(saved?.state.subject === subject ? { resumeFrom: { progress: saved.state.progress, tensors: saved.tensors } } : {}),
    };
  }

  clear(): Promise<void> {
    return this.session.directory.removeCheckpoints(FOLDER);
  }
}
