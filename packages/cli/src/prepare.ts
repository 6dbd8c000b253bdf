import { join } from 'node:path';
import {
  createRegistry,
  type FinishedRun,
  loadConfig,
  type LoadedConfig,
  loadPlugins,
  type Plugin,
  type Registry,
  type ResolvedExperiment,
  resolveExperiment,
} from '@farzi/core';
import { firstPartyPlugins } from './first-party.js';

/** What every command that reads a configuration takes. */
export interface SetOptions {
  /** `a.b=value` each. */
  readonly set?: readonly string[];
}

/** An experiment that can start: everything it names exists and every option is valid. */
export interface PreparedExperiment {
  readonly loaded: LoadedConfig;
  readonly registry: Registry;
  readonly experiment: ResolvedExperiment;
}

/** The plugins of a configuration and those that come with the command; a listed one replaces one of the same name. */
export async function pluginsOf({ config, file }: Pick<LoadedConfig, 'config' | 'file'>): Promise<Plugin[]> {
  const own = new Set(firstPartyPlugins.map(({ name }) => name));
  const listed = await loadPlugins(
    config.plugins.filter((specifier) => !own.has(specifier)),
    file,
  );
  const replaced = new Set(listed.map(({ name }) => name));
  return [...firstPartyPlugins.filter(({ name }) => !replaced.has(name)), ...listed];
}

/** The contributions that a run was made with, as far as they are still there. */
export async function registryOf({ config, configDirectory }: FinishedRun): Promise<Registry> {
  return createRegistry(await pluginsOf({ config, file: join(configDirectory, 'config.yaml') }));
}

/**
 * Reads a configuration, loads its plugins and validates all options.
 *
 * @throws any coded error of the kind `config`
 */
export async function prepare(file: string, { set = [] }: SetOptions): Promise<PreparedExperiment> {
  const loaded = await loadConfig(file, set);
  const registry = createRegistry(await pluginsOf(loaded));
  return { loaded, registry, experiment: resolveExperiment(loaded.config, registry, loaded.document) };
}
