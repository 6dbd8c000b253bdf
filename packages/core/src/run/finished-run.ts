import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tokenizer } from '../data/dataset.js';
import { FarziError } from '../errors.js';
import type { Registry } from '../plugin/registry.js';
import { loadSynthetic } from '../synthetic/file.js';
import type { SyntheticPackage } from '../synthetic/package.js';
import { parseConfig } from '../config/file.js';
import type { ExperimentConfig } from '../config/schema.js';
import { SYNTHETIC } from './own-files.js';

/** A run whose synthetic data are there. */
export interface FinishedRun {
  readonly path: string;
  readonly config: ExperimentConfig;
  /** Where the relative paths of its configuration start. A run is data: nothing there is to be loaded as code. */
  readonly configDirectory: string;
  readonly synthetic: SyntheticPackage;
}

/**
 * Opens a run directory to read from it.
 *
 * @throws FARZI_RUN_INCOMPLETE when it is none, or not far enough; FARZI_DATA_CHECKSUM, FARZI_SAFETENSORS when its
 *   summary is damaged
 */
export async function openRun(path: string): Promise<FinishedRun> {
  const { config } = parseConfig(await fileOf(path, 'config.yaml'), join(path, 'config.yaml'));
  const configDirectory = configDirectoryOf(await fileOf(path, 'environment.json'), path);
  const data = await syntheticOfRun(path);
  if (data === undefined) throw unfinished(path, SYNTHETIC);
  return { path, config, configDirectory, synthetic: await loadSynthetic(data) };
}

/** Where a run's synthetic data are: a folder in runs of earlier versions; `undefined` where there are none. */
export async function syntheticOfRun(path: string): Promise<string | undefined> {
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
