import type { Container } from 'inversify';
import type { Task } from '../data/task.js';
import { FarziError } from '../errors.js';
import { type Metric, metricOf } from '../evaluation/metric.js';
import { unknownContribution } from '../options/unknown-contribution.js';
import { type ContributionEntry, contributionsOf, createContainer, createExperimentContainer } from './container.js';
import type { Plugin } from './define.js';
import { type ContributionKind, type Contributions, tokens } from './tokens.js';

/** Finds contributions by kind and id. */
export class Registry {
  readonly #plugins: readonly Plugin[];
  readonly #container: Container;
  readonly entries: readonly ContributionEntry[];

  /** @throws FARZI_PLUGIN_CORE_RANGE, FARZI_PLUGIN_DUPLICATE_ID */
  constructor(plugins: readonly Plugin[]) {
    this.#plugins = plugins;
    this.#container = createContainer(plugins);
    this.entries = contributionsOf(plugins);
  }

  /** Names of the plugins, in their order. */
  get plugins(): string[] {
    return this.#plugins.map(({ name }) => name);
  }

  /** A container of its own for one experiment, with the services of all plugins. */
  experimentContainer(): Container {
    return createExperimentContainer(this.#plugins, this.#container);
  }

  /** @throws FARZI_CONTRIBUTION_UNKNOWN */
  get<Kind extends ContributionKind>(kind: Kind, id: string): Contributions[Kind] {
    const known = this.#ids(kind);
    if (!known.includes(id)) throw unknownContribution(kind, id, known);
    return this.#container.get<Contributions[Kind]>(tokens[kind], { name: id });
  }

  /** All contributions of a kind, in the order of their plugins. */
  all<Kind extends ContributionKind>(kind: Kind): Contributions[Kind][] {
    return this.#ids(kind).map((id) => this.get(kind, id));
  }

  /**
   * A metric by its key: `mrr`, or with a cutoff `hr@10`.
   *
   * @throws FARZI_CONTRIBUTION_UNKNOWN; FARZI_CONFIG_INVALID for a missing or senseless cutoff, or one of another task
   */
  metric(key: string, task: Task): Metric {
    const [id = ''] = key.split('@');
    const definition = this.get('metric', id);
    if (!definition.tasks.includes(task)) {
      throw new FarziError('FARZI_CONFIG_INVALID', `The metric "${key}" is for ${definition.tasks.join(' and ')}, not for ${task}.`);
    }
    return metricOf(definition, key);
  }

  #ids(kind: ContributionKind): string[] {
    return this.entries.filter((entry) => entry.kind === kind).map(({ id }) => id);
  }
}
