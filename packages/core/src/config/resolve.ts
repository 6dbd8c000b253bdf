import type { DatasetDefinition, MetaOptimizerDefinition, ModelDefinition, OptimizerDefinition, OptionsSchema } from '../plugin/define.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import type { Registry } from '../plugin/registry.js';
import type { Metric } from '../evaluation/metric.js';
import type { Task } from '../data/dataset.js';
import { FarziError, isFarziError } from '../errors.js';
import { type ConfigDocument, validateOptions } from './file.js';
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
  /** With all defaults, those of contributions too. */
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
  const findOptimizer = (id: string): OptimizerDefinition => registry.optimizer(id);
  const dataset = resolver.contribution((id) => registry.dataset(id), config.dataset, ['dataset']);
  const model = resolver.contribution(findModel, config.model, ['model']);
  const students = config.students?.map((each, index) => resolver.contribution(findModel, each, ['students', String(index)]));
  const metaOptimizer = resolver.contribution((id) => registry.metaOptimizer(id), distillation.metaOptimizer, [
    'distillation',
    'metaOptimizer',
  ]);
  const optimizers = {
    teacher: resolver.contribution(findOptimizer, teacher.optimizer, ['teacher', 'optimizer']),
    distillation: resolver.contribution(findOptimizer, distillation.optimizer, ['distillation', 'optimizer']),
    training: resolver.contribution(findOptimizer, training.optimizer, ['training', 'optimizer']),
  };
  if (config.task === 'language' && evaluation.maskSeen) {
    located(document, ['evaluation', 'maskSeen'], () => {
      throw new FarziError('FARZI_CONFIG_INVALID', 'evaluation.maskSeen is for recommendation: a text may well repeat a token', {
        hint: 'Leave it out.',
      });
    });
  }
  return {
    config: {
      ...config,
      dataset: written(dataset),
      model: written(model),
      ...(students === undefined ? {} : { students: students.map(written) }),
      teacher: { ...teacher, optimizer: written(optimizers.teacher) },
      distillation: { ...distillation, metaOptimizer: written(metaOptimizer), optimizer: written(optimizers.distillation) },
      training: { ...training, optimizer: written(optimizers.training) },
    },
    dataset,
    model,
    students: labelled(students ?? [model]),
    metaOptimizer,
    optimizers: {
      teacher: created(optimizers.teacher),
      distillation: created(optimizers.distillation),
      training: created(optimizers.training),
    },
    metrics: evaluation.metrics.map((key, index) => resolver.metric(registry, key, ['evaluation', 'metrics', String(index)])),
    selection: resolver.metric(registry, evaluation.selection, ['evaluation', 'selection']),
  };
}

const created = ({ definition, options }: Resolved<OptimizerDefinition>): Optimizer => definition.create(options);

/** A contribution as it would be written with all its options. */
function written({ definition, options }: Resolved<{ readonly id: string }>): ContributionConfig {
  return { id: definition.id, ...(options as Readonly<Record<string, unknown>>) };
}
