import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tokenizer } from '../data/dataset.js';
import { FarziError, reasonOf } from '../errors.js';
import type { Registry } from '../plugin/registry.js';
import type { Summary } from '../report/summary.js';
import type { CodecDefinition } from '../storage/codec.js';
import { parseExact } from '../storage/exact-json.js';
import { readTextIfThere } from '../storage/file-system.js';
import { loadSynthetic } from '../synthetic/file.js';
import type { SyntheticPackage } from '../synthetic/package.js';
import { parseConfig } from '../config/file.js';
import type { ExperimentConfig } from '../config/schema.js';
import { SUMMARY, SYNTHETIC } from './own-files.js';

/** What a run was asked to do. */
export interface RunDescription {
  readonly path: string;
  readonly config: ExperimentConfig;
  /** Where the relative paths of its configuration start. A run is data: nothing there is to be loaded as code. */
  readonly configDirectory: string;
}

/** A run whose synthetic data are there. */
export interface FinishedRun extends RunDescription {
  readonly synthetic: SyntheticPackage;
}

/**
 * Reads what a run was asked to do.
 *
 * @throws FARZI_RUN_INCOMPLETE when the folder is no run directory
 */
export async function describeRun(path: string): Promise<RunDescription> {
  const { config } = parseConfig(await fileOf(path, 'config.yaml'), join(path, 'config.yaml'));
  return { path, config, configDirectory: configDirectoryOf(await fileOf(path, 'environment.json'), path) };
}

/**
 * Opens a run directory to read from it.
 *
 * @param codecs - to find the one that its synthetic data are stored with among
 * @throws FARZI_RUN_INCOMPLETE when it is none, or not far enough; FARZI_DATA_CHECKSUM, FARZI_SAFETENSORS when its
 *   summary is damaged; FARZI_CONTRIBUTION_UNKNOWN for a codec that is not among the given ones
 */
export async function openRun(path: string, codecs?: readonly CodecDefinition[]): Promise<FinishedRun> {
  const description = await describeRun(path);
  const data = await syntheticOfRun(path);
  if (data === undefined) throw unfinished(path, SYNTHETIC);
  return { ...description, synthetic: await loadSynthetic(data, codecs) };
}

/**
 * Reads the synthetic data of a file, or of a run directory.
 *
 * @throws as `loadSynthetic`
 */
export async function loadDistilled(path: string, codecs?: readonly CodecDefinition[]): Promise<SyntheticPackage> {
  return loadSynthetic((await syntheticOfRun(path)) ?? path, codecs);
}

/**
 * Reads what a run found out; `undefined` where it has not ended.
 *
 * @throws FARZI_RUN_DAMAGED when it cannot be read as JSON, FARZI_FILE_SYSTEM
 */
export async function readSummary(path: string): Promise<Summary | undefined> {
  const file = join(path, SUMMARY);
  const text = await readTextIfThere(file);
  try {
    return text === undefined ? undefined : (parseExact(text) as Summary);
  } catch (cause) {
    throw new FarziError('FARZI_RUN_DAMAGED', `The file ${file} is not valid JSON: ${reasonOf(cause)}.`, {
      hint: 'It was altered. Remove it, and go on with the run with --resume: nothing that is done is repeated.',
      cause,
    });
  }
}

/** Where a run's synthetic data are: a folder in runs of earlier versions; `undefined` where there are none. */
async function syntheticOfRun(path: string): Promise<string | undefined> {
  for (const place of [join(path, SYNTHETIC), join(path, 'synthetic')])
    if ((await stat(place).catch(() => undefined)) !== undefined) return place;
  return undefined;
}

async function fileOf(path: string, name: string): Promise<string> {
  try {
    return await readFile(join(path, name), 'utf8');
  } catch (cause) {
    throw unfinished(path, name, cause);
  }
}

function unfinished(path: string, name: string, cause?: unknown): FarziError {
  return new FarziError('FARZI_RUN_INCOMPLETE', `The folder ${path} is not a finished run: ${name} cannot be read.`, {
    hint: 'Give the run directory of farzi run; an interrupted run goes on with --resume.',
    cause,
  });
}

function configDirectoryOf(environment: string, path: string): string {
  try {
    const { configDirectory } = JSON.parse(environment) as { readonly configDirectory?: unknown };
    if (typeof configDirectory === 'string') return configDirectory;
  } catch {
    // answered below, together with JSON that does not say it
  }
  throw new FarziError(
    'FARZI_RUN_INCOMPLETE',
    `The file ${join(path, 'environment.json')} does not say where the run's configuration was: it has no configDirectory.`,
    { hint: 'Run the experiment again with --resume: that writes it anew and repeats nothing that is done.' },
  );
}

/** The tokenizer of a run on a text, if its dataset can make it again. */
export function tokenizerOf({ config, synthetic }: FinishedRun, registry: Registry): Tokenizer | undefined {
  if (synthetic.tokenizer === undefined) return undefined;
  return registry.get('dataset', config.dataset.id).restoreTokenizer?.(synthetic.tokenizer, synthetic.vocabulary);
}

/**
 * The tokenizer of a run that must have one.
 *
 * @throws FARZI_RUN_INCOMPLETE when the run is not about text, or its dataset cannot make the tokenizer again
 */
export function requireTokenizer(run: FinishedRun, registry: Registry): Tokenizer {
  const { path, config } = run;
  if (config.task !== 'language') {
    throw new FarziError('FARZI_RUN_INCOMPLETE', `The run ${path} is on ${config.task}: it has no text to continue.`, {
      hint: 'Give a run whose task is language. farzi inspect shows the synthetic sequences of any run.',
    });
  }
  const tokenizer = tokenizerOf(run, registry);
  if (tokenizer === undefined) {
    throw new FarziError('FARZI_RUN_INCOMPLETE', `The dataset ${config.dataset.id} of ${path} cannot make its tokenizer again.`, {
      hint: "Give the dataset's definition restoreTokenizer, and its datasets a tokenizer.",
    });
  }
  return tokenizer;
}
