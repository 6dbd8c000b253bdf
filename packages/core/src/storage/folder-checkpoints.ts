import { readdir, readFile, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint-bytes.js';
import type { CheckpointStore } from './checkpoints.js';
import { onDisk, unlessMissing } from './file-system.js';
import { type Fingerprint, type MayDiffer, requireSameFingerprint } from './fingerprint.js';
import { writeWhole } from './write-whole.js';

const EXTENSION = '.safetensors';

/** Checkpoints as safetensors files in a folder. */
export class FolderCheckpoints implements CheckpointStore {
  /**
   * @param folder - is made when the first checkpoint is saved
   * @param fingerprint - what the job is made of (configuration, data, versions), by name: checkpoints of another job
   *   are refused
   * @param mayDiffer - what of it may be another all the same: nothing by default
   */
  constructor(
    private readonly folder: string,
    private readonly fingerprint: Fingerprint = {},
    private readonly mayDiffer?: MayDiffer,
  ) {}

  /**
   * @throws FARZI_SAFETENSORS when the file is damaged or another checkpoint's, FARZI_RESUME_MISMATCH when it is of
   *   another job, FARZI_FILE_SYSTEM
   */
  async load(name: string): Promise<Checkpoint | undefined> {
    const file = this.#file(name);
    const bytes = await onDisk('read', file, () => unlessMissing(readFile(file)));
    if (bytes === undefined) return undefined;
    const { fingerprint, ...checkpoint } = decodeCheckpoint(bytes, name, file);
    requireSameFingerprint(fingerprint, this.fingerprint, file, this.mayDiffer);
    return checkpoint;
  }

  async save(name: string, checkpoint: Checkpoint): Promise<string> {
    const file = this.#file(name);
    await writeWhole(file, encodeCheckpoint(name, checkpoint, this.fingerprint));
    return file;
  }

  removeFolder(folder: string): Promise<void> {
    const path = join(this.folder, folder);
    return onDisk('remove', path, () => rm(path, { recursive: true, force: true }));
  }

  /** Reads every checkpoint once, as {@link load} does. */
  async check(): Promise<void> {
    const files = await onDisk('read', this.folder, () => unlessMissing(readdir(this.folder, { recursive: true })));
    for (const file of (files ?? []).sort())
      if (file.endsWith(EXTENSION)) await this.load(file.slice(0, -EXTENSION.length).replaceAll(sep, '/'));
  }

  #file(name: string): string {
    return join(this.folder, `${name}${EXTENSION}`);
  }
}
