import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FarziError } from '../errors.js';
import { type Fingerprint, isFingerprint, requireSameFingerprint } from './fingerprint.js';
import { parseExact, stringifyExact } from './exact-json.js';
import { decodeNumbers, encodeSafetensors, type SavedTensors } from './safetensors.js';
import { writeWhole } from './write-whole.js';

/** Arrays, and a JSON value that belongs to them. */
export interface Checkpoint {
  readonly tensors: SavedTensors;
  readonly state: unknown;
}

/** Where a long job keeps what it needs to go on after an interruption. */
export interface CheckpointStore {
  /** `undefined` where there is none of that name. */
  load(name: string): Promise<Checkpoint | undefined>;
  /** Returns where it was saved, for people to read. */
  save(name: string, checkpoint: Checkpoint): Promise<string>;
  /** Removes the checkpoints whose names start with that of a folder. */
  removeFolder(folder: string): Promise<void>;
}

/** Keeps nothing: an interrupted job starts anew. */
export const noCheckpoints: CheckpointStore = {
  load: () => Promise.resolve(undefined),
  save: () => Promise.resolve(''),
  removeFolder: () => Promise.resolve(),
};

/** Name of the metadata entry that says what a checkpoint belongs to. */
const FINGERPRINT = 'fingerprint';

/** Checkpoints as safetensors files in a folder. */
export class FolderCheckpoints implements CheckpointStore {
  /**
   * @param folder - is made when the first checkpoint is saved
   * @param fingerprint - what the job is made of (configuration, data, versions), by name: checkpoints of another job
   *   are refused
   */
  constructor(
    private readonly folder: string,
    private readonly fingerprint: Fingerprint = {},
  ) {}

  /** @throws FARZI_SAFETENSORS when the file is damaged, FARZI_RESUME_MISMATCH when it is of another job */
  async load(name: string): Promise<Checkpoint | undefined> {
    const file = this.#file(name);
    let bytes: Uint8Array;
    try {
      bytes = await readFile(file);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
    const { tensors, metadata } = decodeNumbers(bytes, file);
    const altered = (cause?: unknown): FarziError =>
      new FarziError('FARZI_SAFETENSORS', `${file} does not say what it belongs to: it was altered.`, {
        hint: 'Start the run anew with --overwrite.',
        cause,
      });
    let state: unknown;
    let fingerprint: unknown;
    try {
      state = parseExact(metadata['state'] ?? '');
      fingerprint = JSON.parse(metadata[FINGERPRINT] ?? '');
    } catch (cause) {
      throw altered(cause);
    }
    if (!isFingerprint(fingerprint)) throw altered();
    requireSameFingerprint(fingerprint, this.fingerprint, file);
    return { tensors, state };
  }

  async save(name: string, { tensors, state }: Checkpoint): Promise<string> {
    const file = this.#file(name);
    const metadata = { state: stringifyExact(state), [FINGERPRINT]: JSON.stringify(this.fingerprint) };
    await writeWhole(file, encodeSafetensors(tensors, metadata));
    return file;
  }

  removeFolder(folder: string): Promise<void> {
    return rm(join(this.folder, folder), { recursive: true, force: true });
  }

  #file(name: string): string {
    return join(this.folder, `${name}.safetensors`);
  }
}
