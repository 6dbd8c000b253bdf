import { resolve } from 'node:path';
import {
  type ContributionConfig,
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

/** What every command that reads data without a configuration takes. */
export interface PluginOptions {
  /** Packages and paths of plugins, from the current folder. */
  readonly plugin?: readonly string[];
}

/** What a command that reads a configuration may take. */
export type PrepareOptions = SetOptions &
  PluginOptions & {
    /** Who trains students where the configuration does not say. */
    readonly usualExecutor?: ContributionConfig;
  };

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
  return besideFirstParty(await loadListed(specifiers, file));
}

const loadListed = (specifiers: readonly string[], file: string): Promise<Plugin[]> =>
  loadPlugins(
    specifiers.filter((specifier) => !isFirstParty(specifier)),
    file,
  );

/** Of those with one name the first is taken: a configuration and the command line may name the same. */
function besideFirstParty(listed: readonly Plugin[]): Plugin[] {
  const named = new Map(listed.toReversed().map((plugin) => [plugin.name, plugin]));
  return [...firstPartyPlugins.filter(({ name }) => !named.has(name)), ...listed.filter((plugin) => named.get(plugin.name) === plugin)];
}

/** What paths and packages on a command line are looked for from: the current folder. */
export const commandLineFile = (): string => resolve('package.json');

const loadNamed = ({ plugin = [] }: PluginOptions): Promise<Plugin[]> => loadListed(plugin, commandLineFile());

/** The plugins that come with the command and those that the command line names. */
export async function registryOf(options: PluginOptions): Promise<Registry> {
  return createRegistry(besideFirstParty(await loadNamed(options)));
}

/** The plugins that come with the command and those of a configuration, where one is given. */
export async function pluginsOf(
  file: string | undefined,
  set: readonly string[] = [],
): Promise<{ readonly loaded: LoadedConfig | undefined; readonly registry: Registry }> {
  const loaded = file === undefined ? undefined : await loadConfig(file, set);
  const plugins = loaded === undefined ? firstPartyPlugins : await withFirstParty(loaded.config.plugins, loaded.file);
  return { loaded, registry: createRegistry(plugins) };
}

/**
 * Reads a configuration, loads its plugins and validates all options.
 *
 * @throws any coded error of the kind `config`
 */
export async function prepare(file: string, { set = [], usualExecutor, ...options }: PrepareOptions): Promise<PreparedExperiment> {
  const loaded = executedBy(await loadConfig(file, set), usualExecutor);
  const listed = await loadListed(loaded.config.plugins, loaded.file);
  const registry = createRegistry(besideFirstParty([...listed, ...(await loadNamed(options))]));
  return { loaded, registry, experiment: resolveExperiment(loaded.config, registry, loaded.document) };
}

function executedBy(loaded: LoadedConfig, executor: ContributionConfig | undefined): LoadedConfig {
  if (executor === undefined || loaded.document.values()['executor'] !== undefined) return loaded;
  return { ...loaded, config: { ...loaded.config, executor } };
}
