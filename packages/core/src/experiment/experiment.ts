import { arch, availableParallelism, platform } from 'node:os';
import { resolve } from 'node:path';
import type { Dataset } from '../data/dataset.js';
import { corpusOf, requireCharacters } from '../data/corpus.js';
import { selectEngine } from '../engine/select.js';
import { FarziError } from '../errors.js';
import { builtInPlugin } from '../plugin/built-in.js';
import type { Plugin } from '../plugin/define.js';
import { Registry } from '../plugin/registry.js';
import { RandomStream } from '../random/stream.js';
import { saveSynthetic } from '../synthetic/store.js';
import { throwIfAborted } from '../training/train.js';
import { coreVersion } from '../version.js';
import { type Measurement, type Reporter, Reporters } from '../report/reporter.js';
import { resolveExperiment, type ResolvedExperiment } from '../config/resolve.js';
import { type ExistingFiles, RunDirectory } from '../run/directory.js';
import type { ExperimentConfig } from '../config/schema.js';
import { buildModel, type Session } from './session.js';
import { distill, initialSynthetic } from './stage-distillation.js';
import { evaluateStudents } from './stage-students.js';
import { trainTeacher } from './stage-teacher.js';
import { summarise } from './summarise.js';
import type { Summary } from '../report/summary.js';

/** A run of an experiment. */
export interface ExperimentRequest {
  /** Validated, see `loadConfig`. */
  readonly config: ExperimentConfig;
  /** Folder of the configuration file. */
  readonly configDirectory: string;
  /** This package's own contributions are always there. */
  readonly plugins: readonly Plugin[];
  readonly runDirectory: string;
  /** What to do about files in the run directory. */
  readonly existing: ExistingFiles;
  readonly dataDirectories: readonly string[];
  readonly reporters: readonly Reporter[];
  readonly signal?: AbortSignal;
}

/** A registry of some plugins and this package's own contributions. */
export function createRegistry(plugins: readonly Plugin[]): Registry {
  return new Registry([builtInPlugin, ...plugins]);
}

/**
 * Runs an experiment: dataset → teacher → distillation → students → summary. A run that was interrupted goes on where it stopped.
 *
 * @throws FARZI_INTERRUPTED when the signal aborts, after a checkpoint was saved; any other coded error
 */
export async function runExperiment(request: ExperimentRequest): Promise<Summary> {
  const { signal } = request;
  const registry = createRegistry(request.plugins);
  const experiment = resolveExperiment(request.config, registry);
  const { config } = experiment;
  const { directory, resumed } = await RunDirectory.open(request.runDirectory, config, request.existing);
  const recorder = new MeasurementRecorder(directory);
  const reporters = new Reporters([recorder, ...registry.reporters(), ...request.reporters]);
  const choice = await selectEngine(registry.engines(), config.engine, config.threads);
  const { engine } = choice;
  try {
    for (const { id, reason } of choice.passedOver) reporters.emit('onNote', `engine ${id} was passed over: ${reason}`);
    reporters.emit('onStart', { runDirectory: directory.path, engine: choice.version, threads: engine.threads, resumed });
    await directory.writeJson('environment.json', environment(request, choice.version, engine.threads));
    const dataset = await loadDataset(experiment, request, reporters);
    throwIfAborted(signal);
    const session: Session = {
      experiment,
      dataset,
      ...corpusOf(dataset, config),
      engine,
      directory,
      reporters,
      stream: new RandomStream(config.seed),
      signal,
    };
    const summary = await runStages(session);
    await recorder.written();
    await directory.writeJson('summary.json', summary);
    await reporters.finish(summary, directory.path);
    return summary;
  } finally {
    await recorder.written().catch(() => undefined);
    await engine.dispose();
  }
}

const METRICS = 'metrics.jsonl';

/**
 * Writes measurements to `metrics.jsonl`, one after the other: appends that run at once may end up in any order.
 * Steps that a crash makes a run take again give the same lines, which are not written again.
 */
class MeasurementRecorder implements Reporter {
  readonly #known = new Set<string>();
  #last: Promise<void>;

  constructor(private readonly directory: RunDirectory) {
    this.#last = this.#readEarlier();
  }

  onMeasurement(measurement: Measurement): void {
    this.#last = this.#last.then(() => this.#write(measurement));
    // a failure is the business of whoever waits for it, not of the process
    this.#last.catch(() => undefined);
  }

  /** Also removes a last line that a crash cut short, which the next would go on with. */
  async #readEarlier(): Promise<void> {
    const text = (await this.directory.readText(METRICS)) ?? '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    for (const line of whole.split('\n')) this.#known.add(line);
    if (whole !== text) await this.directory.writeText(METRICS, whole);
  }

  async #write(measurement: Measurement): Promise<void> {
    if (!this.#known.has(JSON.stringify(measurement))) await this.directory.appendLine(METRICS, measurement);
  }

  /** Resolves when all measurements are on disk; rejects when one could not be written. */
  written(): Promise<void> {
    return this.#last;
  }
}

async function runStages(session: Session): Promise<Summary> {
  const { experiment, dataset, directory } = session;
  const { config } = experiment;
  const learner = buildModel(session, experiment.model);
  const snapshots = config.teacher.snapshots > 0;
  const teacher = config.synthetic.initialisation === 'teacher' || snapshots ? await trainTeacher(session, learner) : undefined;
  const initial = await initialSynthetic(session, learner, config.synthetic.initialisation === 'teacher' ? teacher : undefined);
  const { data, progress } = await distill(session, learner, initial, teacher);
  const provenance = {
    dataset: dataset.id,
    protocol: dataset.protocol,
    seed: config.seed,
    model: config.model.id,
    outerSteps: progress.best?.step ?? 0,
  };
  await saveSynthetic(directory.file('synthetic'), {
    data,
    vocabulary: dataset.vocabulary,
    provenance,
    ...(dataset.titles === undefined ? {} : { titles: dataset.titles }),
    ...(dataset.tokenizer === undefined ? {} : { tokenizer: dataset.tokenizer.saved }),
  });
  const results = await evaluateStudents(session, { distilled: data, initial });
  const { steps } = experiment.metaOptimizer.options as { readonly steps?: number };
  return summarise(session, results, { data, progress, teacherSeconds: teacher?.seconds ?? 0, innerSteps: steps ?? 0 });
}

async function loadDataset(experiment: ResolvedExperiment, request: ExperimentRequest, reporters: Reporters): Promise<Dataset> {
  const { definition, options } = experiment.dataset;
  reporters.emit('onPhase', 'dataset', { title: `loading ${definition.id}` });
  const dataset = await definition.load(options, {
    dataDirectories: request.dataDirectories,
    configDirectory: request.configDirectory,
    progress: (message) => {
      reporters.emit('onProgress', 0, message);
    },
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
  if (dataset.vocabulary.length < 2)
    throw new FarziError(
      'FARZI_DATA_VOCABULARY_TOO_SMALL',
      `the dataset ${dataset.id} has ${dataset.vocabulary.length} distinct tokens; at least 2 are needed`,
    );
  if (!dataset.train.some((sequence) => sequence.length > 1)) {
    throw new FarziError(
      'FARZI_DATA_EMPTY',
      `the dataset ${dataset.id} has no training sequence with two events: there is nothing to learn from`,
    );
  }
  requireCharacters(dataset, experiment);
  reporters.emit('onNote', `${dataset.id}: ${dataset.sequences} sequences, ${dataset.vocabulary.length} tokens, ${dataset.events} events`);
  return dataset;
}

function environment({ plugins, config, configDirectory }: ExperimentRequest, engine: string, threads: number): Record<string, unknown> {
  return {
    core: coreVersion,
    plugins: plugins.map(({ name }) => name),
    node: process.version,
    platform: `${platform()} ${arch()}`,
    cores: availableParallelism(),
    engine,
    threads,
    seed: config.seed,
    configDirectory: resolve(configDirectory),
  };
}
