import { hostname } from 'node:os';
import { parseConfig } from '../config/file.js';
import { type LabelledArm, type LabelledModel, type ResolvedExperiment, resolveExperiment } from '../config/resolve.js';
import { datasetFromValues } from '../data/dataset-values.js';
import { type Corpus, corpusOf } from '../data/corpus.js';
import type { Dataset } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import { FarziError, invariant } from '../errors.js';
import type { EvaluationProtocol } from '../evaluation/validation.js';
import type { Job } from '../executor/job.js';
import type { JobStore } from '../executor/job-store.js';
import { type TracedModel, tracedModel } from '../model/traced-model.js';
import type { Registry } from '../plugin/registry.js';
import { RandomStream } from '../random/stream.js';
import type { CheckpointStore } from '../storage/checkpoints.js';
import { inputOf, type JobSettings } from './job-inputs.js';
import { protocolOf } from './session.js';

/** What does jobs. */
export interface Workshop {
  readonly registry: Registry;
  readonly engine: Engine;
  readonly store: JobStore;
  /** Where trainings under way are kept. */
  readonly checkpoints: CheckpointStore;
  /** Datasets that are here already, by the names of inputs. */
  readonly datasets: Map<string, Dataset>;
  /** Versions of what computes here, where those of a job may be others. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** Refuses a job that other versions would do differently. */
function requireSameVersions(wanted: JobSettings['versions'], own: JobSettings['versions']): void {
  const differing = Object.entries(wanted).filter(([name, version]) => own[name] !== version);
  if (differing.length === 0) return;
  const differences = differing.map(([name, version]) => `${name} is ${own[name] ?? 'missing'}, and the run has ${version}`).join('; ');
  throw new FarziError('FARZI_WORKER_MISMATCH', `The worker on ${hostname()} does not fit the run: ${differences}.`, {
    hint: 'Give workers what the run has: the same packages, --engine, and a --plugin for each plugin. Then go on with --resume.',
  });
}

/** What a job of any kind needs of an experiment. */
export class JobParts {
  private constructor(
    readonly experiment: ResolvedExperiment,
    private readonly label: string | undefined,
    readonly dataset: Dataset,
    readonly corpus: Corpus,
    readonly protocol: EvaluationProtocol,
  ) {}

  static async of(job: Job, { registry, store, datasets, versions: own }: Workshop): Promise<JobParts> {
    const { config, label, versions } = (await store.get(inputOf(job, 'settings'))).state as JobSettings;
    if (own !== undefined) requireSameVersions(versions, own);
    const experiment = resolveExperiment(parseConfig(config, 'the settings of a job').config, registry);
    const name = inputOf(job, 'data');
    const dataset = datasets.get(name) ?? datasetFromValues(await store.get(name));
    // one job follows another on the same data
    datasets.clear();
    datasets.set(name, dataset);
    const corpus = corpusOf(dataset, experiment.config.maxLength, experiment.config.evaluation.validationTargets);
    return new JobParts(experiment, label, dataset, corpus, protocolOf({ experiment, dataset }));
  }

  /** The student. */
  get model(): LabelledModel {
    const [model] = this.experiment.students;
    invariant(model, 'The settings of a student name no model.');
    return model;
  }

  get arm(): LabelledArm {
    const [arm] = this.experiment.arms;
    invariant(arm, 'The settings of a student name no arm.');
    return arm;
  }

  traced(model: LabelledModel | ResolvedExperiment['model']): TracedModel {
    const { experiment, dataset } = this;
    return tracedModel(model, { vocabularySize: dataset.vocabulary.length, maxLength: experiment.config.maxLength });
  }

  /** The seed alone settles the initial weights and the order of batches, so that arms are compared in pairs. */
  stream(seed: number): RandomStream {
    return new RandomStream(this.experiment.config.seed).child('student', this.label ?? '', seed);
  }
}
