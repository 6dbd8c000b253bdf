import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FarziError } from '../errors.js';
import { onDisk, readTextIfThere, unlessMissing } from '../storage/file-system.js';
import { LOCK_FILE } from './lock.js';

/** The experiment of a run: the first of its files that goes, and the last that comes. */
export const CONFIG = 'config.yaml';
/** What a run was made with, which no other program writes. */
export const ENVIRONMENT = 'environment.json';
export const METRICS = 'metrics.jsonl';
/** What a run found out, written when it has ended. */
export const SUMMARY = 'summary.json';
/** What a run distils. */
export const SYNTHETIC = 'synthetic.farzi';
/** Where a run that is being overwritten waits until the new one has begun. */
export const REPLACED = '.farzi-replaced';

/** Files of folders that a run writes. */
const folders: Readonly<Record<string, RegExp>> = {
  // and what jobs of other processes read and write
  checkpoints: /\.safetensors(\.part)?$|^[\da-f]{64}(\.json)?(\.[\da-f-]+\.part)?$/,
  // as earlier versions wrote it
  synthetic: /^(synthetic\.safetensors|manifest\.json)(\.part)?$/,
  students: /\.safetensors(\.part)?$/,
};

/** What a run writes; `--overwrite` removes these and nothing else. */
const files = [CONFIG, ENVIRONMENT, METRICS, SYNTHETIC, 'synthetic.vocabulary.json', SUMMARY, 'report.html'];

/** All names that a run gives to what is in its folder, {@link CONFIG} first. */
export const ownNames: readonly string[] = [...files, ...Object.keys(folders), ...files.map((name) => `${name}.part`)];

/**
 * Names in a run directory, without those that say only that a run is or was at work; none where there is no folder.
 *
 * @throws FARZI_FILE_SYSTEM
 */
export async function entriesOf(path: string): Promise<string[]> {
  const names = await onDisk('read', path, () => unlessMissing(readdir(path)));
  return (names ?? []).filter((name) => name !== LOCK_FILE && name !== REPLACED);
}

/** Whether a run is or was at work in a folder: none other is marked so. */
export async function isMarked(path: string): Promise<boolean> {
  const names = await onDisk('read', path, () => unlessMissing(readdir(path)));
  return names?.some((name) => name === LOCK_FILE || name === REPLACED) === true;
}

/** What there may be of a run before its configuration. */
const beforeConfig: readonly string[] = [ENVIRONMENT, `${ENVIRONMENT}.part`, `${CONFIG}.part`];

/** Whether all that is in a folder is of a run that was stopped as it began: nothing is lost when it begins again. */
export async function isUnbegun(path: string, entries: readonly string[]): Promise<boolean> {
  if (!entries.every((name) => beforeConfig.includes(name))) return false;
  return !entries.includes(ENVIRONMENT) || (await isEnvironment(join(path, ENVIRONMENT)));
}

/**
 * Refuses a folder from which something would be removed that no run made: names such as `config.yaml` and `students`
 * are not only ours.
 *
 * @throws FARZI_RUN_DIRECTORY_NOT_EMPTY
 */
export async function requireOnlyOwn(path: string, entries: readonly string[]): Promise<void> {
  const own = entries.filter((name) => ownNames.includes(name));
  if (own.length === 0) return;
  if (!(await isEnvironment(join(path, ENVIRONMENT)))) {
    throw new FarziError(
      'FARZI_RUN_DIRECTORY_NOT_EMPTY',
      `The folder ${path} holds ${own.join(', ')}, and is not a run: nothing was removed.`,
      {
        hint: 'Give --out another folder, or remove what is there yourself.',
      },
    );
  }
  for (const [name, expected] of Object.entries(folders)) {
    const folder = join(path, name);
    const below = await onDisk('read', folder, () => unlessMissing(readdir(folder, { recursive: true, withFileTypes: true })));
    const foreign = below?.find((entry) => !entry.isDirectory() && !(entry.isFile() && expected.test(entry.name)));
    if (foreign === undefined) continue;
    throw new FarziError('FARZI_RUN_DIRECTORY_NOT_EMPTY', `No run made ${join(foreign.parentPath, foreign.name)}: nothing was removed.`, {
      hint: 'Move it away, or give --out another folder.',
    });
  }
}

/** Whether a file says what a run was made with. */
async function isEnvironment(file: string): Promise<boolean> {
  try {
    const { core, configDirectory } = JSON.parse((await readTextIfThere(file)) ?? '{}') as Readonly<Record<string, unknown>>;
    return typeof core === 'string' && typeof configDirectory === 'string';
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return false;
    throw error;
  }
}
