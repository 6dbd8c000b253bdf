import type { Checkpoint } from './checkpoint-bytes.js';

/** Where a long job keeps what it needs to go on after an interruption. */
export interface CheckpointStore {
  /** `undefined` where there is none of that name. */
  load(name: string): Promise<Checkpoint | undefined>;
  /** Returns where it was saved, for people to read. */
  save(name: string, checkpoint: Checkpoint): Promise<string>;
  /** Removes the checkpoints whose names start with that of a folder. */
  removeFolder(folder: string): Promise<void>;
  /**
   * Refuses checkpoints that cannot be gone on with, before work starts that would end at one of them. A store without
   * it is not looked through.
   */
  check?(): Promise<void>;
}

/** Keeps nothing: an interrupted job starts anew. */
export const noCheckpoints: CheckpointStore = {
  load: () => Promise.resolve(undefined),
  save: () => Promise.resolve(''),
  removeFolder: () => Promise.resolve(),
};
