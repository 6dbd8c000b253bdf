import { appendFile, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { ExperimentConfig } from '../config/schema.js';
import { decisiveSettings, mayGrow } from '../config/settings.js';
import { FarziError, reasonOf } from '../errors.js';
import { FolderCheckpoints } from '../storage/folder-checkpoints.js';
import { stringifyExact } from '../storage/exact-json.js';
import { onDisk, readTextIfThere, unlessMissing } from '../storage/file-system.js';
import { type Fingerprint, isFingerprint, requireSameFingerprint } from '../storage/fingerprint.js';
import { writeWhole } from '../storage/write-whole.js';
import { RunLock } from './lock.js';
import { CONFIG, entriesOf, ENVIRONMENT, isMarked, isUnbegun, requireOnlyOwn } from './own-files.js';
import { setAside, settle } from './replacement.js';

/** What to do about files that are in a run directory already. */
export type ExistingFiles = 'refuse' | 'resume' | 'overwrite';

/** What a run was made with, as `environment.json` tells it. */
export interface RunEnvironment {
  /** Version of this package. */
  readonly core: string;
  /** Where the configuration's relative paths start. */
  readonly configDirectory: string;
  /** What results depend on. */
  readonly fingerprint: Fingerprint;
  readonly [more: string]: unknown;
}

/** The folder of one run, which no other run can have at the same time. Files appear whole or not at all. */
export class RunDirectory {
  #begun = false;

  private constructor(
    readonly path: string,
    private readonly config: ExperimentConfig,
    private readonly existing: ExistingFiles,
    private readonly lock: RunLock,
    /** What was there before. */
    private readonly entries: readonly string[],
  ) {}

  /**
   * Takes a run's folder and refuses one that does not fit; nothing but a lock is written, and nothing removed, before
   * {@link begin}. An overwriting that was cut short is ended first.
   *
   * @throws FARZI_RUN_DIRECTORY_NOT_EMPTY, FARZI_RUN_LOCKED, FARZI_RESUME_MISMATCH, FARZI_USAGE, FARZI_FILE_SYSTEM
   */
  static async open(path: string, config: ExperimentConfig, existing: ExistingFiles): Promise<RunDirectory> {
    const there = await onDisk('read', path, () => unlessMissing(stat(path)));
    if (there?.isDirectory() === false) {
      throw new FarziError('FARZI_USAGE', `The run directory ${path} is a file.`, {
        hint: 'Give --out a folder, or a path where nothing is yet.',
      });
    }
    // a folder that is not a run's is left alone entirely: no lock is put into it
    if (!(await isMarked(path))) await requireFit(path, config, existing);
    const lock = await RunLock.acquire(path);
    try {
      await settle(path);
      return new RunDirectory(path, config, existing, lock, await requireFit(path, config, existing));
    } catch (error) {
      await lock.releaseUnused();
      throw error;
    }
  }

  /** Whether a run that was started before goes on. */
  get resumed(): boolean {
    return this.existing === 'resume' && this.entries.length > 0;
  }

  /** Clears the way and writes what the run is made of, once nothing stands in its way any more. */
  async begin(environment: RunEnvironment): Promise<void> {
    this.#begun = true;
    if (this.existing === 'overwrite') await setAside(this.path, this.entries);
    await this.writeJson(ENVIRONMENT, environment);
    // a run that goes on may have been given more to do
    await this.writeText(CONFIG, stringify(this.config));
    await settle(this.path);
  }

  /**
   * Refuses to go on with a run that was made with something else, whether it has checkpoints yet or not; it may be given
   * more students, arms, metrics and seeds.
   *
   * @throws FARZI_RESUME_MISMATCH naming what differs
   */
  async requireSame(fingerprint: Fingerprint): Promise<void> {
    if (!this.resumed) return;
    const saved = await this.#savedFingerprint();
    // a run that was stopped before it said so has nothing yet that could be mixed
    if (saved !== undefined) requireSameFingerprint(saved, fingerprint, this.file(ENVIRONMENT), mayGrow);
  }

  async #savedFingerprint(): Promise<Fingerprint | undefined> {
    const text = await this.readText(ENVIRONMENT);
    if (text === undefined) return undefined;
    try {
      const { fingerprint } = JSON.parse(text) as Partial<RunEnvironment>;
      if (isFingerprint(fingerprint)) return fingerprint;
    } catch {
      // answered below, together with JSON that does not say it
    }
    throw new FarziError('FARZI_RUN_DAMAGED', `The file ${this.file(ENVIRONMENT)} does not say what the run was made with.`, {
      hint: 'It was altered, or written by another version. Use --overwrite to start anew, or --out for another folder.',
    });
  }

  /** Lets other runs have the folder. */
  close(): Promise<void> {
    return this.#begun ? this.lock.release() : this.lock.releaseUnused();
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** `undefined` where there is no such file. */
  readText(name: string): Promise<string | undefined> {
    return readTextIfThere(this.file(name));
  }

  writeText(name: string, content: string | Uint8Array): Promise<void> {
    return writeWhole(this.file(name), content);
  }

  writeJson(name: string, value: unknown): Promise<void> {
    return this.writeText(name, `${stringifyExact(value, 2)}\n`);
  }

  /** Appends a line of JSON; numbers that are not finite are words there, see {@link stringifyExact}. */
  appendLine(name: string, value: unknown): Promise<void> {
    const file = this.file(name);
    return onDisk('write', file, () => appendFile(file, `${stringifyExact(value)}\n`));
  }

  /** Waits until all lines of a file are on the disk; there need not be one. */
  async flush(name: string): Promise<void> {
    const file = this.file(name);
    await onDisk('write', file, async () => {
      const handle = await unlessMissing(open(file, 'r+'));
      try {
        await handle?.sync();
      } finally {
        await handle?.close();
      }
    });
  }

  /** @param fingerprint - what the run is made of: checkpoints of another one are refused */
  checkpoints(fingerprint: Fingerprint): FolderCheckpoints {
    return new FolderCheckpoints(this.file('checkpoints'), fingerprint, mayGrow);
  }
}

/** Refuses a folder that is not as it must be, and gives the names in it: none where a run was stopped as it began. */
async function requireFit(path: string, config: ExperimentConfig, existing: ExistingFiles): Promise<string[]> {
  const entries = await entriesOf(path);
  if (existing !== 'refuse' && (await isUnbegun(path, entries))) return [];
  if (existing === 'overwrite') await requireOnlyOwn(path, entries);
  else if (entries.length > 0) {
    if (existing === 'resume') await requireSameConfig(path, config);
    else
      throw new FarziError('FARZI_RUN_DIRECTORY_NOT_EMPTY', `The run directory ${path} already holds ${entries.length} files.`, {
        hint: 'Use --resume to go on with that run, --overwrite to start it anew, or --out for another folder.',
      });
  }
  return entries;
}

async function requireSameConfig(path: string, config: ExperimentConfig): Promise<void> {
  const file = join(path, CONFIG);
  let known: unknown;
  try {
    known = parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new FarziError('FARZI_RESUME_MISMATCH', `The run in ${path} cannot be resumed: ${file} cannot be read: ${reasonOf(cause)}.`, {
      hint: 'Use --overwrite to start anew, or --out for another folder.',
      cause,
    });
  }
  // as it would be read back: without keys that are undefined
  const current: unknown = parse(stringify(config));
  requireSameFingerprint(decisiveSettings(known), decisiveSettings(current), file, mayGrow);
}
