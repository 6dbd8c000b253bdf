import 'reflect-metadata';
import { Container, ContainerModule } from 'inversify';
import { major, satisfies, validRange } from 'semver';
import { FarziError } from '../errors.js';
import { coreVersion } from '../version.js';
import type { Plugin } from './define.js';
import { type ContributionKind, tokens } from './tokens.js';

/** The kinds of contributions, and where a plugin lists them. */
export const kinds = {
  model: 'models',
  dataset: 'datasets',
  metric: 'metrics',
  metaOptimizer: 'metaOptimizers',
  optimizer: 'optimizers',
  schedule: 'schedules',
  initialisation: 'initialisations',
  trajectory: 'trajectories',
  codec: 'codecs',
  arm: 'arms',
  engine: 'engines',
  executor: 'executors',
  store: 'stores',
  reporter: 'reporters',
} as const satisfies Record<ContributionKind, keyof Plugin>;

/** One contribution of a loaded plugin. */
export interface ContributionEntry {
  readonly kind: ContributionKind;
  readonly id: string;
  readonly plugin: string;
}

/** Everything that some plugins contribute, in their order. */
export function contributionsOf(plugins: readonly Plugin[]): ContributionEntry[] {
  return plugins.flatMap((plugin) =>
    (Object.entries(kinds) as [ContributionKind, (typeof kinds)[ContributionKind]][]).flatMap(([kind, list]) =>
      (plugin[list] ?? []).map(({ id }) => ({ kind, id, plugin: plugin.name })),
    ),
  );
}

function checkRange({ name, core }: Plugin): void {
  if (validRange(core) === null) {
    throw new FarziError('FARZI_PLUGIN_CORE_RANGE', `The plugin ${name} wants @farzi/core "${core}", which is no range of versions.`, {
      hint: `Give a semver range in its core, such as ">=${coreVersion} <${major(coreVersion) + 1}.0.0".`,
    });
  }
  if (satisfies(coreVersion, core, { includePrerelease: true })) return;
  throw new FarziError('FARZI_PLUGIN_CORE_RANGE', `The plugin ${name} wants @farzi/core ${core}, and this is ${coreVersion}.`, {
    hint: `Install a version of ${name} for @farzi/core ${coreVersion}, or a version of @farzi/core that it wants.`,
  });
}

function checkDuplicates(entries: readonly ContributionEntry[]): void {
  const owners = new Map<string, string>();
  for (const { kind, id, plugin } of entries) {
    const key = `${kind} ${id}`;
    const owner = owners.get(key);
    if (owner !== undefined) {
      throw new FarziError('FARZI_PLUGIN_DUPLICATE_ID', `The plugins ${owner} and ${plugin} both contribute the ${key}.`, {
        hint: 'Leave one of them out of plugins.',
      });
    }
    owners.set(key, plugin);
  }
}

/** A plugin as a container module: each contribution is bound under its kind's token and its id. */
function moduleOf(plugin: Plugin): ContainerModule {
  return new ContainerModule((options) => {
    for (const [kind, list] of Object.entries(kinds) as [ContributionKind, (typeof kinds)[ContributionKind]][]) {
      for (const contribution of plugin[list] ?? []) {
        options.bind<unknown>(tokens[kind]).toConstantValue(contribution).whenNamed(contribution.id);
      }
    }
  });
}

/**
 * A container for one experiment: the services of some plugins, in their order, on top of their contributions.
 *
 * @param parent - from {@link createContainer}
 */
export function createExperimentContainer(plugins: readonly Plugin[], parent: Container): Container {
  const container = new Container({ parent });
  for (const { services } of plugins) if (services !== undefined) container.load(new ContainerModule(services));
  return container;
}

/**
 * A container with the contributions of some plugins.
 *
 * @throws FARZI_PLUGIN_CORE_RANGE, FARZI_PLUGIN_DUPLICATE_ID
 */
export function createContainer(plugins: readonly Plugin[]): Container {
  plugins.forEach(checkRange);
  checkDuplicates(contributionsOf(plugins));
  const container = new Container();
  for (const plugin of plugins) container.load(moduleOf(plugin));
  return container;
}
