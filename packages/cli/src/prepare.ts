import {
  createRegistry,
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

/** Whether a plugin comes with the command. */
export const isFirstParty = (name: string): boolean => firstPartyPlugins.some((plugin) => plugin.name === name);

/**
 * Some plugins and those that come with the command; a listed one replaces one of the same name.
 *
 * @param file - what names them: paths and packages are looked for from its folder
 */
export async function withFirstParty(specifiers: readonly string[], file: string): Promise<Plugin[]> {
  const listed = await loadPlugins(
    specifiers.filter((specifier) => !isFirstParty(specifier)),
    file,
  );
  const replaced = new Set(listed.map(({ name }) => name));
  return [...firstPartyPlugins.filter(({ name }) => !replaced.has(name)), ...listed];
}

/**
 * Reads a configuration, loads its plugins and validates all options.
 *
 * @throws any coded error of the kind `config`
 */
export async function prepare(file: string, { set = [] }: SetOptions): Promise<PreparedExperiment> {
  const loaded = await loadConfig(file, set);
  const registry = createRegistry(await withFirstParty(loaded.config.plugins, loaded.file));
  return { loaded, registry, experiment: resolveExperiment(loaded.config, registry, loaded.document) };
}
