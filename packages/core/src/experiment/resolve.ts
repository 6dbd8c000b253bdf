import type { DatasetDefinition, MetaOptimizerDefinition, ModelDefinition, OptionsSchema } from '../plugin/define.js';
import type { Registry } from '../plugin/registry.js';
import type { Metric } from '../evaluation/metric.js';
import { FarziError } from '../errors.js';
import { type ConfigDocument, validateOptions } from './config-file.js';
import type { ContributionConfig, ExperimentConfig } from './schema.js';

/** A contribution with its validated options. */
export interface Resolved<Definition> {
  readonly definition: Definition;
  readonly options: unknown;
}

/** An experiment whose contributions are all known and whose options are all valid. */
export interface ResolvedExperiment {
  readonly config: ExperimentConfig;
  readonly dataset: Resolved<DatasetDefinition<unknown>>;
  readonly model: Resolved<ModelDefinition<unknown>>;
  readonly students: readonly Resolved<ModelDefinition<unknown>>[];
  readonly metaOptimizer: Resolved<MetaOptimizerDefinition<unknown>>;
  readonly metrics: readonly Metric[];
  readonly selection: Metric;
}

function withOptions<Definition extends { readonly schema: OptionsSchema }>(
  definition: Definition,
  { id: _id, ...given }: ContributionConfig,
  path: readonly string[],
  document: ConfigDocument | undefined,
): Resolved<Definition> {
  return { definition, options: validateOptions(definition.schema, given, path, document) };
}

function requireTask({ id, task }: { readonly id: string; readonly task: string }, wanted: string): void {
  if (task !== wanted) throw new FarziError('FARZI_CONFIG_INVALID', `${id} is for ${task}, and the experiment's task is ${wanted}`);
}

/**
 * Looks up everything an experiment names and validates its options, before anything long starts.
 *
 * @throws FARZI_CONTRIBUTION_UNKNOWN, FARZI_CONFIG_UNKNOWN_KEY, FARZI_CONFIG_INVALID
 */
export function resolveExperiment(config: ExperimentConfig, registry: Registry, document?: ConfigDocument): ResolvedExperiment {
  const { task, evaluation, distillation } = config;
  const dataset = withOptions(registry.dataset(config.dataset.id), config.dataset, ['dataset'], document);
  const model = withOptions(registry.model(config.model.id), config.model, ['model'], document);
  const students = (config.students ?? []).map((each, index) => withOptions(registry.model(each.id), each, ['students', String(index)], document));
  for (const { definition } of [dataset, model, ...students]) requireTask(definition, task);
  const metrics = evaluation.metrics.map((key) => registry.metric(key, task));
  const selection = registry.metric(evaluation.selection, task);
  const metaOptimizer = withOptions(registry.metaOptimizer(distillation.metaOptimizer.id), distillation.metaOptimizer, ['distillation', 'metaOptimizer'], document);
  return { config, dataset, model, students: students.length > 0 ? students : [model], metaOptimizer, metrics, selection };
}
