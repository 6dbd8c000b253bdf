import { readdir, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FarziError, reasonOf } from '../errors.js';
import { fillInContributions } from './contributions.js';
import { ConfigDocument } from './document.js';
import { refuseRenamedKeys } from './renamed-keys.js';
import { optionsError } from '../options/problems.js';
import { validatorOf } from '../options/validate.js';
import { evaluationDefaults, type ExperimentConfig, experimentSchema } from './schema.js';

/** A validated configuration and where it came from. */
export interface LoadedConfig {
  /** With all defaults filled in. */
  readonly config: ExperimentConfig;
  /** As it was given. */
  readonly file: string;
  /** Absolute; relative paths in the configuration start here. */
  readonly directory: string;
  readonly document: ConfigDocument;
}

/**
 * Reads and validates an experiment file.
 *
 * @param file - YAML or JSON
 * @param overrides - `a.b=value` each, stronger than the file
 * @throws FARZI_CONFIG_NOT_FOUND, FARZI_CONFIG_SYNTAX, FARZI_CONFIG_UNKNOWN_KEY, FARZI_CONFIG_INVALID, FARZI_USAGE for
 *   a malformed override
 */
export async function loadConfig(file: string, overrides: readonly string[] = []): Promise<LoadedConfig> {
  return { ...configOf(await readDocument(file, overrides)), file, directory: dirname(resolve(file)) };
}

/**
 * Reads a file without asking what is in it, such as one that may hold an experiment or something about experiments.
 *
 * @param file - YAML or JSON
 * @param overrides - `a.b=value` each, stronger than the file
 * @throws FARZI_CONFIG_NOT_FOUND, FARZI_CONFIG_SYNTAX, FARZI_USAGE for a malformed override
 */
export async function readDocument(file: string, overrides: readonly string[] = []): Promise<ConfigDocument> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw await notReadable(file, cause);
  }
  return ConfigDocument.parse(text, file, overrides);
}

/**
 * Validates an experiment that is not in a file.
 *
 * @param source - how messages call it
 * @throws as {@link loadConfig}
 */
export function parseConfig(text: string, source: string, overrides: readonly string[] = []): Pick<LoadedConfig, 'config' | 'document'> {
  return configOf(ConfigDocument.parse(text, source, overrides));
}

function configOf(document: ConfigDocument): Pick<LoadedConfig, 'config' | 'document'> {
  const values = document.values();
  fillInContributions(values);
  refuseRenamedKeys(values, document);
  const validate = validatorOf(experimentSchema);
  if (!validate(values)) throw optionsError(validate.errors ?? [], [], document);
  const config = values as unknown as ExperimentConfig;
  return { config: { ...config, evaluation: { ...evaluationDefaults[config.task], ...config.evaluation } }, document };
}

async function notReadable(file: string, cause: unknown): Promise<FarziError> {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const folder = code === 'EISDIR' ? file : dirname(file);
  const reason =
    code === 'EISDIR' ? 'is a folder' : code === 'ENOENT' || code === 'ENOTDIR' ? 'does not exist' : `cannot be read: ${reasonOf(cause)}`;
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.(ya?ml|json)$/.test(name) && !name.startsWith('package'));
  const found = names.length === 0 ? 'there is none' : `there are ${names.slice(0, 10).join(', ')}`;
  return new FarziError('FARZI_CONFIG_NOT_FOUND', `The configuration file ${file} ${reason}.`, {
    hint: `Give the path of an experiment file: in ${resolve(folder)} ${found}.`,
    cause,
  });
}
