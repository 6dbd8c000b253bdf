import type { DatasetDefinition, MetaOptimizerDefinition, ModelDefinition, OptionsSchema } from '../plugin/define.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import type { Registry } from '../plugin/registry.js';
import type { Metric } from '../evaluation/metric.js';
import type { Task } from '../data/dataset.js';
import { FarziError, isFarziError } from '../errors.js';
import { type ConfigDocument, validateOptions } from './config-file.js';
import type { ContributionConfig, ExperimentConfig } from './schema.js';

/** A contribution with its validated options. */
export interface Resolved<Definition> {
  readonly definition: Definition;
  readonly options: unknown;
}

/** A model to train on the distilled data, and what results call it. */
export interface Student extends Resolved<ModelDefinition> {
  readonly label: string;
}

/** An experiment whose contributions are all known and whose options are all valid. */
export interface ResolvedExperiment {
  readonly config: ExperimentConfig;
  readonly dataset: Resolved<DatasetDefinition>;
  readonly model: Resolved<ModelDefinition>;
  readonly students: readonly Student[];
  readonly metaOptimizer: Resolved<MetaOptimizerDefinition>;
  readonly optimizers: { readonly teacher: Optimizer; readonly distillation: Optimizer; readonly training: Optimizer };
  readonly metrics: readonly Metric[];
  readonly selection: Metric;
}

/** Says where in the configuration file a lookup failed. */
function located<T>(document: ConfigDocument | undefined, path: readonly string[], find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (document === undefined || !isFarziError(error)) throw error;
    throw new FarziError(error.code, `${document.locate(path).text}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}

/** Looks contributions up and validates their options. */
class Resolver {
  constructor(
    private readonly task: Task,
    private readonly document: ConfigDocument | undefined,
  ) {}

  contribution<Definition extends { readonly id: string; readonly schema: OptionsSchema; readonly task?: Task }>(
    find: (id: string) => Definition,
    { id, ...given }: ContributionConfig,
    path: readonly string[],
  ): Resolved<Definition> {
    const definition = located(this.document, [...path, 'id'], () => {
      const found = find(id);
      if (found.task !== undefined && found.task !== this.task) {
        throw new FarziError('FARZI_CONFIG_INVALID', `${id} is for ${found.task}, and the experiment's task is ${this.task}`);
      }
      return found;
    });
    return { definition, options: validateOptions(definition.schema, given, path, this.document) };
  }

  optimizer(registry: Registry, config: ContributionConfig, path: readonly string[]): Optimizer {
    const { definition, options } = this.contribution((id) => registry.optimizer(id), config, path);
    return definition.create(options);
  }

  metric(registry: Registry, key: string, path: readonly string[]): Metric {
    return located(this.document, path, () => registry.metric(key, this.task));
  }
}

/** Names students by their ids, numbered where two have the same. */
function labelled(students: readonly Resolved<ModelDefinition>[]): Student[] {
  const ids = students.map(({ definition }) => definition.id);
  return students.map((student, index) => {
    const id = ids[index] as string;
    const same = ids.slice(0, index).filter((other) => other === id).length;
    return { ...student, label: same === 0 ? id : `${id} ${same + 1}` };
  });
}

/**
 * Looks up everything an experiment names and validates its options, before anything long starts.
 *
 * @param document - the configuration as it was written, so that messages can say where
 * @throws FARZI_CONTRIBUTION_UNKNOWN, FARZI_CONFIG_UNKNOWN_KEY, FARZI_CONFIG_INVALID
 */
export function resolveExperiment(config: ExperimentConfig, registry: Registry, document?: ConfigDocument): ResolvedExperiment {
  const { evaluation, distillation, teacher, training } = config;
  const resolver = new Resolver(config.task, document);
  const findModel = (id: string): ModelDefinition => registry.model(id);
  const model = resolver.contribution(findModel, config.model, ['model']);
  const students = (config.students ?? []).map((each, index) => resolver.contribution(findModel, each, ['students', String(index)]));
  return {
    config,
    model,
    students: labelled(students.length > 0 ? students : [model]),
    dataset: resolver.contribution((id) => registry.dataset(id), config.dataset, ['dataset']),
    metaOptimizer: resolver.contribution((id) => registry.metaOptimizer(id), distillation.metaOptimizer, ['distillation', 'metaOptimizer']),
    optimizers: {
      teacher: resolver.optimizer(registry, teacher.optimizer, ['teacher', 'optimizer']),
      distillation: resolver.optimizer(registry, distillation.optimizer, ['distillation', 'optimizer']),
      training: resolver.optimizer(registry, training.optimizer, ['training', 'optimizer']),
    },
    metrics: evaluation.metrics.map((key, index) => resolver.metric(registry, key, ['evaluation', 'metrics', String(index)])),
    selection: resolver.metric(registry, evaluation.selection, ['evaluation', 'selection']),
  };
}
