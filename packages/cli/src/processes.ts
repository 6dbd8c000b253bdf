import { availableParallelism } from 'node:os';
import { extname, resolve } from 'node:path';
import type { ContributionConfig, LoadedConfig, ProcessPlan } from '@farzi/core';
import type { Io } from './io.js';

/** Where the plugins of an experiment are. */
export interface PluginPlace {
  readonly specifiers: readonly string[];
  /** The configuration that names them, absolute. */
  readonly file: string;
}

/** How processes are started that do jobs with the plugins of an experiment. */
export const processPlanOf = ({ config, file }: LoadedConfig): ProcessPlan =>
  processPlanWith({ specifiers: config.plugins, file: resolve(file) });

/** How processes are started that do jobs with some plugins. */
export function processPlanWith(plugins: PluginPlace): ProcessPlan {
  // sources are run as they are
  return { module: new URL(`./job-process${extname(import.meta.url)}`, import.meta.url), plugins };
}

/** The override of an executor that the command line names. */
export const executedBy = (executor: string | undefined): string[] =>
  executor === undefined ? [] : [`executor=${JSON.stringify(executor)}`];

/** Who trains students where a configuration does not say: processes, where there is more than one core. */
export const usualExecutor = ({ environment }: Pick<Io, 'environment'>): ContributionConfig => ({
  id: environment['FARZI_EXECUTOR'] ?? (availableParallelism() > 1 ? 'processes' : 'inline'),
});
