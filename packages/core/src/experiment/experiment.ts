import { arch, availableParallelism, platform } from 'node:os';
import { join, resolve } from 'node:path';
import type { Container } from 'inversify';
import type { ResolvedExperiment } from '../config/resolve.js';
import { decisiveSettings, pluginSettings } from '../config/settings.js';
import { corpusOf } from '../data/corpus.js';
import { digestOf } from '../data/digest.js';
import type { Dataset } from '../data/dataset.js';
import type { EngineChoice } from '../engine/select.js';
import { gpus } from '../engine/gpu.js';
import { builtInPlugin } from '../plugin/built-in.js';
import type { ExecutorDefinition, ProcessPlan } from '../executor/executor.js';
import { jobsHere } from '../executor/inline.js';
import { JobStore } from '../executor/job-store.js';
import { oneAtATime } from '../executor/one-at-a-time.js';
import type { Plugin } from '../plugin/define.js';
import { Registry } from '../plugin/registry.js';
import { type Reporter, Reporters } from '../report/reporter.js';
import type { Summary } from '../report/summary.js';
import { type ExistingFiles, RunDirectory, type RunEnvironment } from '../run/directory.js';
import { SUMMARY, SYNTHETIC } from '../run/own-files.js';
import { FolderBlobs, MemoryBlobs } from '../storage/blobs.js';
import type { CheckpointStore } from '../storage/checkpoints.js';
import type { Fingerprint } from '../storage/fingerprint.js';
import { absoluteLocation, reachBlobs } from '../storage/store.js';
import { saveSynthetic } from '../synthetic/file.js';
import { throwIfAborted } from '../training/interruption.js';
import { coreVersion } from '../version.js';
import { bytesText } from '../estimate/bytes-text.js';
import { estimateSentences } from '../estimate/words.js';
import { JOBS } from './comparison.js';
import { estimateAndProbe, mostWorkers, studentsMemory } from './estimate.js';
import { type ProcessSetup, versionsOf, workerName } from './bench.js';
import { datasetName } from './job-inputs.js';
import { workIn } from './job-worker.js';
import { MeasurementRecorder } from './measurements.js';
import { bindServices, services, servicesOf } from './services.js';
import type { Session } from './session.js';

/** A run of an experiment. */
export interface ExperimentRequest {
  /** Resolved with the same registry, see `resolveExperiment`. */
  readonly experiment: ResolvedExperiment;
  readonly registry: Registry;
  /** Folder of the configuration file. */
  readonly configDirectory: string;
  readonly runDirectory: string;
  /** What to do about files in the run directory. */
  readonly existing: ExistingFiles;
  readonly dataDirectories: readonly string[];
  /** Versions of plugins by their names, where they are known: a run is not gone on with by others. */
  readonly pluginVersions?: Readonly<Record<string, string>>;
  /**
   * Where runs share what students learned that are the same, a folder or an address that a store of a plugin knows: a
   * run without one keeps it for itself, until its end.
   */
  readonly store?: string;
  /** How processes find the same plugins, for executors that start some. */
  readonly processPlan?: ProcessPlan;
  readonly reporters: readonly Reporter[];
  readonly signal?: AbortSignal;
}

/** A registry of some plugins and this package's own contributions. */
export function createRegistry(plugins: readonly Plugin[]): Registry {
  return new Registry([{ ...builtInPlugin, services: bindServices }, ...plugins]);
}

/**
 * Runs an experiment: dataset → distillation → students → summary. A run that was interrupted goes on where it stopped.
 * Nothing is written before engine, data and models have been found to work.
 *
 * @throws FARZI_INTERRUPTED when the signal aborts, after a checkpoint was saved; any other coded error
 */
export async function runExperiment(request: ExperimentRequest): Promise<Summary> {
  const { experiment, registry } = request;
  const container = servicesOf(experiment, registry);
  const directory = await RunDirectory.open(request.runDirectory, experiment.config, request.existing);
  try {
    const choice = await container.get(services.engine)();
    try {
      return await new ExperimentRun(request, container, directory, choice).run();
    } finally {
      await choice.engine.dispose();
    }
  } finally {
    await directory.close();
  }
}

class ExperimentRun {
  readonly #recorder: MeasurementRecorder;
  readonly #reporters: Reporters;

  constructor(
    private readonly request: ExperimentRequest,
    private readonly container: Container,
    private readonly directory: RunDirectory,
    private readonly choice: EngineChoice,
  ) {
    this.#recorder = new MeasurementRecorder(directory);
    this.#reporters = new Reporters([
      { reporter: this.#recorder, name: METRICS_RECORD, essential: true },
      ...container.get(services.reporters),
      ...request.reporters.map((reporter) => ({ reporter, name: reporter.name ?? 'a reporter', essential: false })),
    ]);
  }

  async run(): Promise<Summary> {
    const { directory } = this;
    try {
      const session = await this.#prepare();
      try {
        const summary = await this.#runStages(session);
        await this.#recorder.written();
        await directory.writeJson(SUMMARY, { ...summary, fingerprint: session.fingerprint });
        await this.#reporters.finish(summary, directory.path);
        return summary;
      } finally {
        await session.executor.close();
      }
    } finally {
      await this.#recorder.written().catch(() => undefined);
    }
  }

  /** Everything that can go wrong at once goes wrong here, before files are written and long work starts. */
  async #prepare(): Promise<Session> {
    const { directory, choice } = this;
    const { experiment, signal } = this.request;
    const { config } = experiment;
    const { engine } = choice;
    // of interest where a GPU does nothing
    if (gpus().length > 0)
      for (const { id, reason } of choice.passedOver) this.#reporters.emit('onNote', `The engine ${id} was passed over. ${reason}`);
    this.#reporters.emit('onStart', {
      runDirectory: directory.path,
      engine: choice.version,
      threads: engine.threads,
      resumed: directory.resumed,
    });
    const dataset = await this.#loadDataset();
    throwIfAborted(signal);
    const corpus = corpusOf(dataset, config.maxLength, config.evaluation.validationTargets);
    const { estimate, limit } = await estimateAndProbe(engine, experiment, dataset, corpus);
    this.#reporters.emit('onNote', estimateSentences(estimate, limit));
    const fingerprint = this.#fingerprint(dataset);
    const checkpoints = this.container.get(services.checkpoints)(directory, fingerprint);
    if (directory.resumed) {
      await directory.requireSame(fingerprint);
      await checkpoints.check?.();
      await this.#recorder.readEarlier();
    }
    const session = {
      ...{ experiment, dataset, engine, directory, fingerprint, corpus, signal },
      observer: this.#reporters.observer(),
      checkpoints: savingAfter(checkpoints, () => this.#recorder.flush()),
      versions: this.#versions(),
    };
    const doing = await this.#executor(session, mostWorkers(experiment, estimate, limit));
    try {
      await directory.begin(this.#environment(fingerprint));
      await this.#recorder.begin();
    } catch (error) {
      await doing.executor.close();
      throw error;
    }
    const students = experiment.students.length * experiment.arms.length * config.evaluation.seeds;
    const workers = Math.min(doing.executor.workers, students);
    if (workers > 1)
      this.#reporters.emit(
        'onNote',
        `Up to ${workers} students are trained at the same time, each by a process that is expected to take ${bytesText(studentsMemory(estimate))} of memory.`,
      );
    return { ...session, ...doing };
  }

  /** Who does the jobs of the run, and what they have in common with it. */
  async #executor(
    { experiment, dataset, engine, directory, fingerprint, observer, checkpoints }: Omit<Session, Doing>,
    most: number,
  ): Promise<Pick<Session, Doing>> {
    const { registry, processPlan, configDirectory } = this.request;
    const { definition, options } = experiment.executor as { definition: ExecutorDefinition; options: never };
    const named = definition.store?.(options);
    const shared = named === undefined ? this.request.store : absoluteLocation(named, configDirectory);
    const location = shared ?? directory.file(join('checkpoints', JOBS));
    const outside = definition.remote || shared !== undefined;
    const blobs = outside ? await reachBlobs(location, registry.all('store')) : new MemoryBlobs();
    const store = new JobStore(blobs, shared !== undefined);
    const datasets = new Map([[datasetName({ fingerprint, dataset }), dataset]]);
    const setup = (threads: number): ProcessSetup => ({
      ...{ store: location, engine: engine.id, threads },
      checkpoints: { folder: directory.file('checkpoints'), fingerprint },
    });
    const own = {
      store,
      work: workIn({ registry, engine, store, checkpoints, datasets }),
      worker: workerName(this.choice.version, engine.threads),
    };
    const executor = await definition.create(options, {
      ...{ ...own, observer },
      processes: processPlan && { ...processPlan, setup },
      threads: engine.threads,
      mostWorkers: most,
    });
    const here = jobsHere(own);
    // a queue knows itself which of its jobs are the same
    if (named === undefined && shared !== undefined && blobs instanceof FolderBlobs)
      return { executor: oneAtATime(executor, blobs.folder), store, here: oneAtATime(here, blobs.folder) };
    return { executor, store, here };
  }

  #versions(): Record<string, string> {
    return versionsOf(this.request.registry, this.choice.version, this.request.pluginVersions);
  }

  async #loadDataset(): Promise<Dataset> {
    const { dataDirectories, configDirectory, signal, experiment } = this.request;
    this.#reporters.emit('onPhase', 'dataset', { title: `loading ${experiment.dataset.definition.id}` });
    const dataset = await this.container.get(services.dataset)({
      dataDirectories,
      configDirectory,
      progress: (detail) => {
        this.#reporters.emit('onProgress', { phase: 'dataset', done: 0, detail });
      },
      ...(signal === undefined ? {} : { signal }),
    });
    const { id, sequences, vocabulary, events } = dataset;
    this.#reporters.emit('onNote', `The dataset ${id} has ${sequences} sequences, ${vocabulary.length} tokens and ${events} events.`);
    return dataset;
  }

  async #runStages(session: Session): Promise<Summary> {
    const { container, directory } = this;
    const { experiment } = this.request;
    const distillation = await container.get(services.distillation)(session);
    await saveSynthetic(directory.file(SYNTHETIC), distillation.synthetic, { vocabulary: experiment.config.synthetic.vocabulary });
    const results = await container.get(services.comparison)(session, distillation);
    return container.get(services.summary)(session, distillation, results);
  }

  /** What results depend on: checkpoints of anything else are refused. */
  #fingerprint(dataset: Dataset): Fingerprint {
    const { experiment, registry, pluginVersions = {} } = this.request;
    return {
      ...decisiveSettings(experiment.config),
      data: digestOf(dataset),
      core: coreVersion,
      ...pluginSettings(registry.plugins, pluginVersions),
      'engine in use': `${this.choice.version}, ${this.choice.engine.threads} threads`,
    };
  }

  #environment(fingerprint: Fingerprint): RunEnvironment {
    const { registry, experiment, configDirectory } = this.request;
    const { engine, version } = this.choice;
    return {
      core: coreVersion,
      plugins: registry.plugins,
      node: process.version,
      platform: `${platform()} ${arch()}`,
      cores: availableParallelism(),
      engine: version,
      threads: engine.threads,
      seed: experiment.config.seed,
      configDirectory: resolve(configDirectory),
      fingerprint,
    };
  }
}

/** What does the jobs of a session. */
type Doing = 'executor' | 'here' | 'store';

/** A store that saves after something else is done, such as writing what the checkpoint will not measure again. */
const savingAfter = (store: CheckpointStore, before: () => Promise<void>): CheckpointStore => ({
  load: (name) => store.load(name),
  save: async (name, checkpoint) => {
    await before();
    return store.save(name, checkpoint);
  },
  removeFolder: (folder) => store.removeFolder(folder),
});

/** What notes call the record of measurements. */
const METRICS_RECORD = 'the record of measurements';
