import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
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
  return { ...configOf(await readDocument(file, overrides)), file, directory: await directoryOf(file) };
}

/**
 * Reads a file without asking what is in it, such as one that may hold an experiment or something about experiments; and
 * the files that it extends.
 *
 * @param file - YAML or JSON
 * @param overrides - `a.b=value` each, stronger than the file
 * @throws FARZI_CONFIG_NOT_FOUND, FARZI_CONFIG_SYNTAX, FARZI_USAGE for a malformed override
 */
export async function readDocument(file: string, overrides: readonly string[] = []): Promise<ConfigDocument> {
  return withBase(ConfigDocument.parse(await textOf(file), file, overrides), []);
}

/** @param above - files that extend this one, from the first */
async function withBase(document: ConfigDocument, above: readonly string[]): Promise<ConfigDocument> {
  const { extended, source } = document;
  if (extended === undefined) return document;
  const file = isAbsolute(extended) ? extended : join(dirname(source), extended);
  const chain = [...above, resolve(source)];
  if (chain.includes(resolve(file))) {
    throw new FarziError('FARZI_CONFIG_INVALID', `${document.locate(['extends']).text}: The file ${file} extends itself.`, {
      hint: 'Leave extends out of one of the files that extend each other.',
    });
  }
  return document.on(await withBase(ConfigDocument.parse(await textOf(file), file, []), chain));
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw await notReadable(file, cause);
  }
}

/** Where relative paths of a configuration start: its own folder; for a run's, that of the one it was made from. */
async function directoryOf(file: string): Promise<string> {
  const own = dirname(resolve(file));
  if (basename(file) !== 'config.yaml') return own;
  try {
    const { configDirectory } = JSON.parse(await readFile(join(own, 'environment.json'), 'utf8')) as { readonly configDirectory?: unknown };
    return typeof configDirectory === 'string' ? configDirectory : own;
  } catch {
    // some other file of that name
    return own;
  }
}

/**
 * Validates an experiment that is not in a file.
 *
 * @param source - how messages call it
 * @throws as {@link loadConfig}
 */
export function parseConfig(text: string, source: string, overrides: readonly string[] = []): Pick<LoadedConfig, 'config' | 'document'> {
  const document = ConfigDocument.parse(text, source, overrides);
  if (document.extended !== undefined) {
    throw new FarziError('FARZI_CONFIG_INVALID', `${document.locate(['extends']).text}: Only a file can extend another one.`, {
      hint: 'Leave extends out, and write the values of the other file.',
    });
  }
  return configOf(document);
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
