import type { DatasetDefinition } from '../data/dataset.js';
import type { Task } from '../data/task.js';
import type { DistillationPlan, MetaOptimizerDefinition } from '../distill/meta-optimizer.js';
import type { DistillationOptions, TeacherOptions } from '../distill/options.js';
import { FarziError } from '../errors.js';
import type { Metric } from '../evaluation/metric.js';
import type { ConfiguredExecutor } from '../executor/executor.js';
import type { ConfiguredModel } from '../model/definition.js';
import { optimizerOf } from '../optimizer/definition.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import type { RateSchedule } from '../optimizer/schedule.js';
import type { Configured } from '../options/configured.js';
import type { OptionsSchema } from '../options/schema.js';
import { validateOptions } from '../options/validate.js';
import type { Registry } from '../plugin/registry.js';
import type { ContributionKind, Contributions } from '../plugin/tokens.js';
import type { ConfiguredCodec } from '../storage/codec.js';
import { checkLocation } from '../storage/store.js';
import type { ConfiguredArm } from '../student/arm.js';
import type { ConfiguredInitialisation } from '../synthetic/initialisation.js';
import type { TrainingOptions } from '../training/options.js';
import { trajectoryLookup } from '../unroll/trajectories.js';
import type { TrajectoryDefinition } from '../unroll/trajectory.js';
import type { ConfigDocument } from './document.js';
import { labelsOf } from './labels.js';
import { withPlace } from './place.js';
import type { ContributionConfig, ExperimentConfig } from './schema.js';

/** What results call a model or an arm. */
interface Label {
  readonly label: string;
}

/** A model to train on the distilled data. */
export type LabelledModel = ConfiguredModel & Label;

/** A kind of data to compare students on. */
export type LabelledArm = ConfiguredArm & Label;

/** An experiment whose contributions are all known and whose options are all valid. */
export interface ResolvedExperiment {
  /** With all defaults, those of contributions too. */
  readonly config: ExperimentConfig;
  readonly executor: ConfiguredExecutor;
  readonly dataset: Configured<DatasetDefinition>;
  readonly model: ConfiguredModel;
  readonly students: readonly LabelledModel[];
  readonly initialisation: ConfiguredInitialisation;
  readonly storage: ConfiguredCodec;
  readonly teacher: TeacherOptions;
  readonly distillation: DistillationOptions;
  readonly training: TrainingOptions;
  readonly fullTraining: TrainingOptions;
  readonly arms: readonly LabelledArm[];
  /** All that meta-optimizers may ask for. */
  readonly trajectories: readonly TrajectoryDefinition[];
  readonly metrics: readonly Metric[];
  readonly selection: Metric;
  /** The configuration as it was written, if it was: what is found wrong later can be told with its place, too. */
  readonly document: ConfigDocument | undefined;
}

/** Kinds of contributions that have options of their own. */
type KindWithOptions = {
  [Kind in ContributionKind]: Contributions[Kind] extends { readonly schema: OptionsSchema } ? Kind : never;
}[ContributionKind];

/** Looks contributions up and validates their options. */
class Resolver {
  constructor(
    private readonly task: Task,
    private readonly registry: Registry,
    private readonly document: ConfigDocument | undefined,
  ) {}

  /** Says where in the configuration file something is wrong. */
  located<T>(path: readonly string[], find: () => T): T {
    try {
      return find();
    } catch (error) {
      throw withPlace(error, this.document, path);
    }
  }

  contribution<Kind extends KindWithOptions>(
    kind: Kind,
    { id, ...given }: ContributionConfig,
    path: readonly string[],
  ): Configured<Contributions[Kind]> {
    const definition = this.located([...path, 'id'], () => {
      const found = this.registry.get(kind, id);
      if ('task' in found && found.task !== this.task) {
        throw new FarziError('FARZI_CONFIG_INVALID', `The ${kind} ${id} is for ${found.task}, and the experiment's task is ${this.task}.`);
      }
      return found;
    });
    return { definition, options: validateOptions(definition.schema, given, path, this.document) };
  }

  /** Optimizer and schedule of a section. */
  optimizer(config: ContributionConfig, path: readonly string[]): Part<Optimizer> {
    const configured = this.contribution('optimizer', config, path);
    return { value: optimizerOf(configured), written: written(configured) };
  }

  schedule(config: ContributionConfig, path: readonly string[]): Part<RateSchedule> {
    const configured = this.contribution('schedule', config, path);
    return { value: configured.definition.create(configured.options as never), written: written(configured) };
  }

  metric(key: string, path: readonly string[]): Metric {
    return this.located(path, () => this.registry.metric(key, this.task));
  }
}

/** Finds what is wrong with the options of an executor, and with where it says that values are. */
function checkExecutor({ definition, options }: ConfiguredExecutor, registry: Registry): void {
  definition.check?.(options as never);
  const location = definition.store?.(options as never);
  if (location !== undefined) checkLocation(location, registry.all('store'));
}

/** What a contribution makes, and how it would be written with all its options. */
interface Part<T> {
  readonly value: T;
  readonly written: ContributionConfig;
}

/** Contributions and what results call them. */
function labelled<Definition extends { readonly id: string }>(all: readonly Configured<Definition>[]): (Configured<Definition> & Label)[] {
  const labels = labelsOf(all.map(({ definition }) => definition.id));
  return all.map((each, index) => ({ ...each, label: labels[index] as string }));
}

/**
 * Looks up everything an experiment names and validates its options, before anything long starts.
 *
 * @param document - the configuration as it was written, so that messages can say where
 * @throws FARZI_CONTRIBUTION_UNKNOWN, FARZI_CONFIG_UNKNOWN_KEY, FARZI_CONFIG_INVALID
 */
export function resolveExperiment(config: ExperimentConfig, registry: Registry, document?: ConfigDocument): ResolvedExperiment {
  const { evaluation, distillation, teacher, training, fullTraining, synthetic } = config;
  const resolver = new Resolver(config.task, registry, document);
  const executor = resolver.contribution('executor', config.executor, ['executor']);
  resolver.located(['executor'], () => checkExecutor(executor, registry));
  const dataset = resolver.contribution('dataset', config.dataset, ['dataset']);
  const model = resolver.contribution('model', config.model, ['model']);
  const students = config.students?.map((each, index) => resolver.contribution('model', each, ['students', String(index)]));
  const initialisation = resolver.contribution('initialisation', synthetic.initialisation, ['synthetic', 'initialisation']);
  const storage = resolver.contribution('codec', synthetic.storage, ['synthetic', 'storage']);
  const metaOptimizer = resolver.contribution('metaOptimizer', distillation.metaOptimizer, ['distillation', 'metaOptimizer']);
  const arms = evaluation.arms.map((each, index) => resolver.contribution('arm', each, ['evaluation', 'arms', String(index)]));
  const ofTeacher = partsOf(resolver, teacher, 'teacher');
  const ofTraining = partsOf(resolver, training, 'training');
  const fullSchedule = fullTraining.schedule && resolver.schedule(fullTraining.schedule, ['fullTraining', 'schedule']);
  const learnerOptimizer = resolver.optimizer(distillation.learner.optimizer, ['distillation', 'learner', 'optimizer']);
  const outerOptimizer = resolver.optimizer(distillation.outerOptimizer, ['distillation', 'outerOptimizer']);
  const outerSchedule = resolver.schedule(distillation.schedule, ['distillation', 'schedule']);
  const trajectories = registry.all('trajectory');
  const learner = { ...distillation.learner, optimizer: learnerOptimizer.value };
  resolver.located(['distillation', 'metaOptimizer'], () => {
    checkMetaOptimizer(metaOptimizer, { learner, snapshots: teacher.snapshots, trajectory: trajectoryLookup(trajectories) });
  });
  resolver.located(['evaluation', 'maskSeen'], () => {
    if (config.task === 'language' && evaluation.maskSeen)
      throw new FarziError(
        'FARZI_CONFIG_INVALID',
        'The option evaluation.maskSeen is for recommendation: a text may well repeat a token.',
        {
          hint: 'Leave it out.',
        },
      );
  });
  resolver.located(['seed'], () => {
    if (!Number.isSafeInteger(config.seed + evaluation.seeds))
      throw new FarziError(
        'FARZI_CONFIG_INVALID',
        `The seed ${config.seed} leaves no room for the ${evaluation.seeds} seeds of evaluation.`,
        {
          hint: 'Take a smaller seed: any will do.',
        },
      );
  });
  const trainingOptions: TrainingOptions = { ...training, ...ofTraining.values };
  return {
    config: {
      ...config,
      executor: written(executor),
      dataset: written(dataset),
      model: written(model),
      ...(students === undefined ? {} : { students: students.map(written) }),
      synthetic: { ...synthetic, initialisation: written(initialisation), storage: written(storage) },
      teacher: { ...teacher, ...ofTeacher.written },
      distillation: {
        ...distillation,
        metaOptimizer: written(metaOptimizer),
        learner: { ...distillation.learner, optimizer: learnerOptimizer.written },
        outerOptimizer: outerOptimizer.written,
        schedule: outerSchedule.written,
      },
      training: { ...training, ...ofTraining.written },
      fullTraining: { ...fullTraining, ...(fullSchedule === undefined ? {} : { schedule: fullSchedule.written }) },
      evaluation: { ...evaluation, arms: arms.map(written) },
    },
    executor,
    dataset,
    model,
    students: labelled(students ?? [model]),
    initialisation,
    storage,
    teacher: { ...teacher, ...ofTeacher.values },
    distillation: { ...distillation, metaOptimizer, learner, outerOptimizer: outerOptimizer.value, schedule: outerSchedule.value },
    training: trainingOptions,
    fullTraining: { ...trainingOptions, ...fullTraining, schedule: fullSchedule?.value ?? trainingOptions.schedule },
    arms: labelled(arms),
    trajectories,
    metrics: evaluation.metrics.map((key, index) => resolver.metric(key, ['evaluation', 'metrics', String(index)])),
    selection: resolver.metric(evaluation.selection, ['evaluation', 'selection']),
    document,
  };
}

function partsOf(
  resolver: Resolver,
  section: { readonly optimizer: ContributionConfig; readonly schedule: ContributionConfig },
  name: string,
) {
  const optimizer = resolver.optimizer(section.optimizer, [name, 'optimizer']);
  const schedule = resolver.schedule(section.schedule, [name, 'schedule']);
  return {
    values: { optimizer: optimizer.value, schedule: schedule.value },
    written: { optimizer: optimizer.written, schedule: schedule.written },
  };
}

function checkMetaOptimizer({ definition, options }: Configured<MetaOptimizerDefinition>, plan: DistillationPlan): void {
  definition.check?.(options as never, plan);
}

/** A contribution as it would be written with all its options. */
function written({ definition, options }: Configured<{ readonly id: string }>): ContributionConfig {
  return { id: definition.id, ...(options as Readonly<Record<string, unknown>>) };
}
