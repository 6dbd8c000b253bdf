import { randomUUID } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FarziError } from '../errors.js';
import { onDisk, unlessMissing } from './file-system.js';
import { writeWhole } from './write-whole.js';

/**
 * Bytes by names that say what they are, such as their hash: a name always stands for the same bytes, whoever writes
 * them, and however often.
 */
export interface BlobStore {
  /** `undefined` where there are none of that name. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** They are there whole or not at all. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
}

/**
 * A name, where it is one that stores keep: it may come from other machines, and must lead nowhere else.
 *
 * @throws FARZI_STORE_INCOMPLETE
 */
export function blobName(name: string): string {
  if (/^[\w-][\w.-]*$/.test(name)) return name;
  throw new FarziError('FARZI_STORE_INCOMPLETE', `The store of jobs has no ${JSON.stringify(name)}: that is no name of a value.`, {
    hint: 'Find out who put a job with such a name into the queue.',
  });
}

/** Blobs in memory, for this process alone. */
export class MemoryBlobs implements BlobStore {
  readonly #blobs = new Map<string, Uint8Array>();

  read(name: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#blobs.get(name));
  }

  write(name: string, bytes: Uint8Array): Promise<void> {
    this.#blobs.set(name, bytes);
    return Promise.resolve();
  }

  remove(name: string): Promise<void> {
    this.#blobs.delete(name);
    return Promise.resolve();
  }
}

/** Blobs as files of a folder, which processes and machines may share. */
export class FolderBlobs implements BlobStore {
  /** @param folder - is made when the first blob is written */
  constructor(readonly folder: string) {}

  /** @throws FARZI_FILE_SYSTEM */
  async read(name: string): Promise<Uint8Array | undefined> {
    const file = this.#file(name);
    return onDisk('read', file, () => unlessMissing(readFile(file)));
  }

  /** @throws FARZI_FILE_SYSTEM */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const file = this.#file(name);
    if ((await onDisk('read', file, () => unlessMissing(stat(file)))) !== undefined) return;
    // others may be writing the same
    await writeWhole(file, bytes, `${file}.${randomUUID()}.part`);
  }

  remove(name: string): Promise<void> {
    const file = this.#file(name);
    return onDisk('remove', file, () => rm(file, { force: true }));
  }

  #file(name: string): string {
    return join(this.folder, blobName(name));
  }
}
