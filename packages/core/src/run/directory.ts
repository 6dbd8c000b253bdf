import { appendFile, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { ExperimentConfig } from '../config/schema.js';
import { FarziError, reasonOf } from '../errors.js';
import { FolderCheckpoints } from '../storage/checkpoints.js';
import { stringifyExact } from '../storage/exact-json.js';
import { type Fingerprint, flatten, requireSameFingerprint } from '../storage/fingerprint.js';
import { writeWhole } from '../storage/write-whole.js';

/** What to do about files that are in a run directory already. */
export type ExistingFiles = 'refuse' | 'resume' | 'overwrite';

const CONFIG = 'config.yaml';

/** What a run writes; `--overwrite` removes these and nothing else. */
const OWN_FILES = [
  CONFIG,
  'environment.json',
  'metrics.jsonl',
  'checkpoints',
  'synthetic',
  'students',
  'summary.json',
  'report.html',
] as const;

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/** The folder of one run. Files appear whole or not at all. */
export class RunDirectory {
  private constructor(
    readonly path: string,
    private readonly config: ExperimentConfig,
    /** Whether a run that was started before goes on. */
    readonly resumed: boolean,
    private readonly overwrite: boolean,
  ) {}

  /**
   * Looks at a run's folder and refuses one that does not fit; nothing is written or removed before {@link begin}.
   *
   * @throws FARZI_RUN_DIRECTORY_NOT_EMPTY, FARZI_RESUME_MISMATCH, FARZI_USAGE
   */
  static async open(path: string, config: ExperimentConfig, existing: ExistingFiles): Promise<RunDirectory> {
    if (await isFile(path)) {
      throw new FarziError('FARZI_USAGE', `The run directory ${path} is a file.`, {
        hint: 'Give --out a folder, or a path where nothing is yet.',
      });
    }
    const before = await readdir(path).catch(() => []);
    if (before.length > 0 && existing === 'refuse') {
      throw new FarziError('FARZI_RUN_DIRECTORY_NOT_EMPTY', `The run directory ${path} already holds ${before.length} files.`, {
        hint: 'Use --resume to go on with that run, --overwrite to start it anew, or --out for another folder.',
      });
    }
    const resumed = existing === 'resume' && before.length > 0;
    if (resumed) await requireSameConfig(path, config);
    return new RunDirectory(path, config, resumed, existing === 'overwrite');
  }

  /** Clears the way and writes the configuration, once nothing stands in the way of the run any more. */
  async begin(): Promise<void> {
    if (this.overwrite) for (const name of OWN_FILES) await rm(this.file(name), { recursive: true, force: true });
    if (!this.resumed) await this.writeText(CONFIG, stringify(this.config));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** `undefined` where there is no such file. */
  async readText(name: string): Promise<string | undefined> {
    return readFile(this.file(name), 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
  }

  writeText(name: string, content: string | Uint8Array): Promise<void> {
    return writeWhole(this.file(name), content);
  }

  writeJson(name: string, value: unknown): Promise<void> {
    return this.writeText(name, `${stringifyExact(value, 2)}\n`);
  }

  /** Appends a line of JSON; numbers that are not finite are words there, see {@link stringifyExact}. */
  appendLine(name: string, value: unknown): Promise<void> {
    return appendFile(this.file(name), `${stringifyExact(value)}\n`);
  }

  /** @param fingerprint - what the run is made of: checkpoints of another one are refused */
  checkpoints(fingerprint: Fingerprint): FolderCheckpoints {
    return new FolderCheckpoints(this.file('checkpoints'), fingerprint);
  }
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
  requireSameFingerprint(flatten(known), flatten(current), file);
}
