import { readdir, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Ajv, type Options, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { FarziError } from '../errors.js';
import type { OptionsSchema } from '../plugin/define.js';
import { ConfigDocument } from './document.js';
import { configError } from '../options/problems.js';
import { evaluationDefaults, type ExperimentConfig, experimentSchema } from './schema.js';

export { ConfigDocument } from './document.js';

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

const OPTIONS: Options = { allErrors: true, useDefaults: true, verbose: true, strict: true, strictTypes: false, logger: false };

let experimentValidator: ValidateFunction | undefined;

function compile(schema: object): ValidateFunction {
  const ajv = new Ajv(OPTIONS);
  addFormats.default(ajv);
  return ajv.compile(schema);
}

/**
 * Reads and validates an experiment file.
 *
 * @param file - YAML or JSON
 * @param overrides - `a.b=value` each, stronger than the file
 * @throws FARZI_CONFIG_NOT_FOUND, FARZI_CONFIG_SYNTAX, FARZI_CONFIG_UNKNOWN_KEY, FARZI_CONFIG_INVALID, FARZI_USAGE for a malformed override
 */
export async function loadConfig(file: string, overrides: readonly string[] = []): Promise<LoadedConfig> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw await notReadable(file, cause);
  }
  return { ...parseConfig(text, file, overrides), file, directory: dirname(resolve(file)) };
}

/**
 * Validates an experiment that is not in a file.
 *
 * @param source - how messages call it
 * @throws as {@link loadConfig}
 */
export function parseConfig(text: string, source: string, overrides: readonly string[] = []): Pick<LoadedConfig, 'config' | 'document'> {
  const document = ConfigDocument.parse(text, source, overrides);
  const values: unknown = document.values();
  experimentValidator ??= compile(experimentSchema);
  if (!experimentValidator(values)) throw configError(experimentValidator.errors ?? [], [], document);
  const config = values as ExperimentConfig;
  return { config: { ...config, evaluation: { ...evaluationDefaults[config.task], ...config.evaluation } }, document };
}

/**
 * Validates the options of a contribution and fills in its defaults; keys that its schema does not know are refused.
 *
 * @param value - the options without `id`; left as it is
 * @param path - where the options stand in the configuration, as in `['students', '0']`
 * @param where - the configuration they come from, for places in messages
 * @throws FARZI_CONFIG_UNKNOWN_KEY, FARZI_CONFIG_INVALID, FARZI_PLUGIN_INVALID when the schema itself is wrong
 */
export function validateOptions<T>(schema: OptionsSchema, value: unknown, path: readonly string[], where: ConfigDocument | undefined): T {
  let validate: ValidateFunction;
  try {
    validate = compile({ ...schema, additionalProperties: schema.additionalProperties ?? false });
  } catch (cause) {
    throw new FarziError(
      'FARZI_PLUGIN_INVALID',
      `the options schema of ${path.join('.')} is not valid: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        hint: 'This is for the author of the plugin to mend.',
        cause,
      },
    );
  }
  const options: unknown = structuredClone(value ?? {});
  if (!validate(options)) throw configError(validate.errors ?? [], path, where);
  return options as T;
}

async function notReadable(file: string, cause: unknown): Promise<FarziError> {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const folder = code === 'EISDIR' ? file : dirname(file);
  const reason =
    code === 'EISDIR' ? 'is a folder' : code === 'ENOENT' || code === 'ENOTDIR' ? 'does not exist' : `cannot be read: ${String(cause)}`;
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.(ya?ml|json)$/.test(name) && !name.startsWith('package'));
  const found = names.length === 0 ? 'no experiment files' : names.slice(0, 10).join(', ');
  return new FarziError('FARZI_CONFIG_NOT_FOUND', `the configuration file ${file} ${reason}`, {
    hint: `In ${resolve(folder)} there are: ${found}.`,
    cause,
  });
}
