import { type ExperimentRequest, type LoadedConfig, runExperiment, type Summary } from '@farzi/core';
import type { PreparedExperiment } from './prepare.js';
import { processPlanOf } from './processes.js';
import { HtmlReport } from './reporters/html.js';
import type { ProgressReporter } from './reporters/progress.js';
import { versionOf } from './versions.js';

/** Where and how an experiment is run. */
export type Execution = Pick<ExperimentRequest, 'runDirectory' | 'existing' | 'dataDirectories' | 'store' | 'signal'> & {
  readonly progress: ProgressReporter;
};

/** Runs an experiment that was prepared; its run directory gets a report. */
export function execute({ loaded, registry, experiment }: PreparedExperiment, { progress, ...execution }: Execution): Promise<Summary> {
  return runExperiment({
    ...execution,
    experiment,
    registry,
    configDirectory: loaded.directory,
    pluginVersions: pluginVersionsOf({ loaded, registry }),
    processPlan: processPlanOf(loaded),
    reporters: [progress, new HtmlReport(experiment.config, experiment.selection)],
  });
}

/** Versions of an experiment's plugins, as far as they are packages. */
export function pluginVersionsOf({ loaded, registry }: Pick<PreparedExperiment, 'loaded' | 'registry'>): Record<string, string> {
  const { directory, config }: LoadedConfig = loaded;
  return Object.fromEntries(
    registry.plugins.flatMap((name) => {
      const version = versionOf(name, directory, config.plugins);
      return version === undefined ? [] : [[name, version] as const];
    }),
  );
}
