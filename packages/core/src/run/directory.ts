import { appendFile, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { FarziError } from '../errors.js';
import { writeWhole } from '../storage/write-whole.js';
import { decodeSafetensors, encodeSafetensors, type SavedTensors } from '../storage/safetensors.js';
import type { ExperimentConfig } from '../config/schema.js';

export type ExistingFiles = 'refuse' | 'resume' | 'overwrite';

/** What a run writes; `--overwrite` removes these and nothing else. */
const OWN_FILES = [
  'config.yaml',
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
  private constructor(readonly path: string) {}

  /**
   * Opens a run's folder for a configuration.
   *
   * @throws FARZI_RUN_DIRECTORY_NOT_EMPTY, FARZI_RESUME_MISMATCH
   */
  static async open(
    path: string,
    config: ExperimentConfig,
    existing: ExistingFiles,
  ): Promise<{ directory: RunDirectory; resumed: boolean }> {
    const directory = new RunDirectory(path);
    const text = stringify(config);
    if (await isFile(path)) {
      throw new FarziError('FARZI_USAGE', `the run directory ${path} is a file`, {
        hint: 'Give --out a folder, or a path where nothing is yet.',
      });
    }
    const before = await readdir(path).catch(() => []);
    if (before.length > 0 && existing === 'refuse') {
      throw new FarziError('FARZI_RUN_DIRECTORY_NOT_EMPTY', `the run directory ${path} already holds ${before.length} files`, {
        hint: 'Use --resume to go on with that run, --overwrite to start it anew, or --out for another folder.',
      });
    }
    const known = await directory.readText('config.yaml');
    const resumed = existing === 'resume' && known !== undefined;
    if (resumed && known !== text) {
      throw new FarziError('FARZI_RESUME_MISMATCH', `the run in ${path} was started with a different configuration`, {
        hint: `Compare with ${join(path, 'config.yaml')}; use --overwrite to start anew, or --out for another folder.`,
      });
    }
    if (existing === 'overwrite') for (const name of OWN_FILES) await rm(join(path, name), { recursive: true, force: true });
    if (!resumed) await directory.writeText('config.yaml', text);
    return { directory, resumed };
  }

  file(name: string): string {
    return join(this.path, name);
  }

  async readText(name: string): Promise<string | undefined> {
    try {
      return await readFile(this.file(name), 'utf8');
    } catch {
      return undefined;
    }
  }

  async readJson<T>(name: string): Promise<T | undefined> {
    const text = await this.readText(name);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  writeText(name: string, content: string | Uint8Array): Promise<void> {
    return writeWhole(this.file(name), content);
  }

  writeJson(name: string, value: unknown): Promise<void> {
    return this.writeText(name, `${JSON.stringify(value, null, 2)}\n`);
  }

  appendLine(name: string, value: unknown): Promise<void> {
    return appendFile(this.file(name), `${JSON.stringify(value)}\n`);
  }

  /** Saves arrays and a JSON value that belongs to them, in one file. */
  saveCheckpoint(name: string, tensors: SavedTensors, state: unknown): Promise<void> {
    return this.writeText(`checkpoints/${name}.safetensors`, encodeSafetensors(tensors, { state: JSON.stringify(state) }));
  }

  /** Removes the checkpoints whose names start with that of a folder. */
  removeCheckpoints(folder: string): Promise<void> {
    return rm(this.file(`checkpoints/${folder}`), { recursive: true, force: true });
  }

  /** @throws FARZI_SAFETENSORS when the file is damaged */
  async loadCheckpoint<State>(name: string): Promise<{ tensors: SavedTensors; state: State } | undefined> {
    const file = this.file(`checkpoints/${name}.safetensors`);
    if (
      !(await stat(file).then(
        () => true,
        () => false,
      ))
    )
      return undefined;
    const { tensors, metadata } = decodeSafetensors(await readFile(file), file);
    try {
      return { tensors, state: JSON.parse(metadata['state'] ?? '') as State };
    } catch (cause) {
      throw new FarziError('FARZI_SAFETENSORS', `${file} does not say what it belongs to: it was altered`, {
        hint: 'Start the run anew with --overwrite.',
        cause,
      });
    }
  }
}
