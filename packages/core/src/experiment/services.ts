import type { Container, ContainerModuleLoadOptions } from 'inversify';
import { withPlace } from '../config/place.js';
import type { ResolvedExperiment } from '../config/resolve.js';
import type { Dataset, DatasetContext } from '../data/dataset.js';
import type { Distillation } from '../distill/request.js';
import { type EngineChoice, selectEngine } from '../engine/select.js';
import type { Registry } from '../plugin/registry.js';
import { token } from '../plugin/tokens.js';
import type { NamedReporter } from '../report/reporter.js';
import type { MeasuredStudent, Summary } from '../report/summary.js';
import type { RunDirectory } from '../run/directory.js';
import type { CheckpointStore } from '../storage/checkpoints.js';
import type { Fingerprint } from '../storage/fingerprint.js';
import { compareStudents } from './comparison.js';
import { distillSession } from './distillation.js';
import { loadExperimentData } from './data.js';
import type { Session } from './session.js';
import { summarise } from './summarise.js';

/** Chooses and starts the engine of an experiment. */
export type EngineService = () => Promise<EngineChoice>;

/** Loads and checks the dataset of an experiment. */
export type DatasetService = (context: DatasetContext) => Promise<Dataset>;

/** Keeps what a run needs to go on after an interruption. */
export type CheckpointService = (directory: RunDirectory, fingerprint: Fingerprint) => CheckpointStore;

/** Makes the synthetic data of an experiment. */
export type DistillationService = (session: Session) => Promise<Distillation>;

/** Trains and evaluates students on every kind of data. */
export type ComparisonService = (session: Session, distillation: Distillation) => Promise<MeasuredStudent[]>;

/** Puts together what an experiment found. */
export type SummaryService = (
  session: Session,
  distillation: Distillation,
  results: readonly MeasuredStudent[],
) => Summary | Promise<Summary>;

/**
 * What an experiment is made of, by token. A plugin replaces a part with `services: ({ rebind }) => {
 * rebind(services.comparison)... }`; every experiment has a container of its own.
 */
export const services = {
  /** The experiment that is run: bound when it starts. */
  experiment: token<ResolvedExperiment>('Experiment'),
  /** All contributions: bound when an experiment starts. */
  registry: token<Registry>('Registry'),
  engine: token<EngineService>('EngineService'),
  dataset: token<DatasetService>('DatasetService'),
  checkpoints: token<CheckpointService>('CheckpointService'),
  distillation: token<DistillationService>('DistillationService'),
  comparison: token<ComparisonService>('ComparisonService'),
  summary: token<SummaryService>('SummaryService'),
  /** Reporters that plugins contribute; the run's own records and those of the command come beside them. */
  reporters: token<readonly NamedReporter[]>('Reporters'),
} as const;

/** The services of one experiment. */
export function servicesOf(experiment: ResolvedExperiment, registry: Registry): Container {
  const container = registry.experimentContainer();
  container.bind(services.experiment).toConstantValue(experiment);
  container.bind(services.registry).toConstantValue(registry);
  return container;
}

/** Binds what experiments are made of where no plugin says otherwise. */
export function bindServices({ bind }: ContainerModuleLoadOptions): void {
  bind(services.engine).toResolvedValue(
    ({ config, document }: ResolvedExperiment, registry: Registry) =>
      () =>
        selectEngine(registry.all('engine'), config.engine, config.threads).catch((error: unknown) => {
          throw withPlace(error, document, ['engine']);
        }),
    [services.experiment, services.registry],
  );
  bind(services.dataset).toResolvedValue(
    (experiment: ResolvedExperiment) => (context) => loadExperimentData(experiment, context),
    [services.experiment],
  );
  bind(services.reporters).toResolvedValue(
    (registry: Registry) =>
      registry.all('reporter').map(({ id, create }) => ({ name: `the reporter "${id}"`, reporter: create(), essential: false })),
    [services.registry],
  );
  bind(services.checkpoints).toConstantValue((directory, fingerprint) => directory.checkpoints(fingerprint));
  bind(services.distillation).toConstantValue(distillSession);
  bind(services.comparison).toConstantValue(compareStudents);
  bind(services.summary).toConstantValue(summarise);
}
