import { type ExperimentRequest, runExperiment, type Summary } from '@farzi/core';
import type { PreparedExperiment } from './prepare.js';
import { processPlanOf } from './processes.js';
import { HtmlReport } from './reporters/html.js';
import type { ProgressReporter } from './reporters/progress.js';
import { pluginVersionsOf } from './versions.js';

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
    pluginVersions: pluginVersionsOf(registry.plugins, loaded.directory, loaded.config.plugins),
    processPlan: processPlanOf(loaded),
    reporters: [progress, new HtmlReport(experiment, registry)],
  });
}
