import { closest } from 'fastest-levenshtein';
import type { Container, ServiceIdentifier } from 'inversify';
import type { Task } from '../data/dataset.js';
import type { EngineDefinition } from '../engine/engine.js';
import { FarziError } from '../errors.js';
import type { Metric } from '../evaluation/metric.js';
import type { Reporter } from '../report/reporter.js';
import { type ContributionEntry, type ContributionKind, contributionsOf, createContainer } from './container.js';
import type {
  DatasetDefinition,
  MetaOptimizerDefinition,
  MetricDefinition,
  ModelDefinition,
  OptimizerDefinition,
  Plugin,
  ReporterDefinition,
} from './define.js';
import { tokens } from './tokens.js';

/** Finds contributions by id. */
export class Registry {
  readonly container: Container;
  readonly entries: readonly ContributionEntry[];

  /** @throws FARZI_PLUGIN_CORE_RANGE, FARZI_PLUGIN_DUPLICATE_ID */
  constructor(plugins: readonly Plugin[]) {
    this.container = createContainer(plugins);
    this.entries = contributionsOf(plugins);
  }

  /** @throws FARZI_CONTRIBUTION_UNKNOWN, here and below */
  model(id: string): ModelDefinition {
    return this.#get<ModelDefinition>('model', id);
  }

  dataset(id: string): DatasetDefinition {
    return this.#get<DatasetDefinition>('dataset', id);
  }

  metaOptimizer(id: string): MetaOptimizerDefinition {
    return this.#get<MetaOptimizerDefinition>('metaOptimizer', id);
  }

  optimizer(id: string): OptimizerDefinition {
    return this.#get<OptimizerDefinition>('optimizer', id);
  }

  engines(): EngineDefinition[] {
    return this.#ids('engine').map((id) => this.#get<EngineDefinition>('engine', id));
  }

  /** New reporters, one of each kind that is contributed. */
  reporters(): Reporter[] {
    return this.#ids('reporter').map((id) => this.#get<ReporterDefinition>('reporter', id).create());
  }

  /** A metric by its key: `mrr`, or with a cutoff `hr@10`. Throws FARZI_CONFIG_INVALID for a missing or senseless cutoff, or one of another task. */
  metric(key: string, task: Task): Metric {
    const [id = '', ...rest] = key.split('@');
    const definition = this.#get<MetricDefinition>('metric', id);
    const cutoff = /^[1-9]\d*$/.test(rest.join('@')) ? Number(rest[0]) : 0;
    const refuse = (what: string): never => {
      throw new FarziError('FARZI_CONFIG_INVALID', `the metric "${key}" ${what}`);
    };
    if (!definition.tasks.includes(task)) refuse(`is for ${definition.tasks.join(' and ')}, not for ${task}`);
    if (definition.cutoff === 'required' && cutoff === 0) refuse(`needs a whole positive cutoff, as in ${id}@10`);
    if (definition.cutoff === 'none' && rest.length > 0) refuse(`takes no cutoff: write ${id}`);
    const { smallerIsBetter, needsCharacters = false } = definition;
    return { key, smallerIsBetter, needsCharacters, start: () => definition.start(cutoff) };
  }

  #ids(kind: ContributionKind): string[] {
    return this.entries.filter((entry) => entry.kind === kind).map(({ id }) => id);
  }

  #get<T>(kind: ContributionKind, id: string): T {
    const known = this.#ids(kind);
    if (!known.includes(id)) {
      const near = known.length === 0 ? '' : `Did you mean "${closest(id, known)}"? `;
      throw new FarziError('FARZI_CONTRIBUTION_UNKNOWN', `no loaded plugin contributes the ${kind} "${id}"`, {
        hint: `${near}Known: ${known.join(', ') || 'none'}. A plugin's contributions appear when the plugin is listed under plugins.`,
      });
    }
    return this.container.get<T>(tokens[kind] as ServiceIdentifier<T>, { name: id });
  }
}
