import type { LabelledArm, LabelledModel, ResolvedExperiment } from '../config/resolve.js';
import type { Corpus } from '../data/corpus.js';
import type { Dataset, EvaluationCase } from '../data/dataset.js';
import { distillsFromTeacher } from '../distill/teacher.js';
import type { MetaOptimizerDefinition } from '../distill/meta-optimizer.js';
import { DISTILLATION, distillationWork, syntheticNumbers } from '../distill/work.js';
import type { Engine } from '../engine/engine.js';
import { type Estimate, estimateOf, type EstimateBasis } from '../estimate/estimate.js';
import { isFarziError } from '../errors.js';
import { type MemoryLimit, memoryLimitOf, requireMemory } from '../estimate/limit.js';
import { measureSpeed } from '../estimate/speed.js';
import { type BoundedSizes, inStages } from '../estimate/stages.js';
import { NUMBER_BYTES, numbersHeld, type PhaseWork, type ProgramUse, repeated, type Work } from '../estimate/work.js';
import { evaluationContextOf } from '../evaluation/context.js';
import type { EvaluationContext } from '../evaluation/evaluate.js';
import { scoringUse } from '../evaluation/validation.js';
import type { ConfiguredModel } from '../model/definition.js';
import { type TracedModel, tracedModel } from '../model/traced-model.js';
import type { ArmDefinition } from '../student/arm.js';
import { syntheticProblem } from '../synthetic/source.js';
import { shapeOf, type SyntheticShape } from '../synthetic/synthetic.js';
import { realSource } from '../training/real.js';
import { trainingWork } from '../training/work.js';
import { trajectoryLookup } from '../unroll/trajectories.js';
import { armsNeedTeacher } from './distill-request.js';
import { probeModels } from './probe.js';

/** What an estimate has to know of the data. */
export interface DataSizes {
  /** Training sequences, or stretches of texts. */
  readonly sequences: number;
  readonly validation: readonly EvaluationCase[];
  readonly test: readonly EvaluationCase[];
  /** Windows that are scored at once, at most. */
  readonly mostWindows: number;
  readonly context: EvaluationContext;
}

/** What a job is expected to take, and how much memory it may. */
export interface Estimated {
  readonly estimate: Estimate;
  readonly limit: MemoryLimit;
}

/**
 * What an experiment is expected to take. Programs are recorded, nothing is allocated.
 *
 * @throws FARZI_MEMORY_LIMIT when it is more memory than there is, or than `memoryLimit`
 */
export function estimateExperiment(experiment: ResolvedExperiment, data: DataSizes, basis: EstimateBasis): Estimate {
  const limit = memoryLimitOf(experiment.config.memoryLimit);
  return inStages(
    (sizes) => estimateOf(new Planned(experiment, data, sizes).phases(), basis),
    (estimate) => {
      requireMemory(estimate, limit);
    },
  );
}

/**
 * Estimates first, as a probe makes parameters. But an error of building or recording a model is the probe's to tell: it
 * knows which model it is, and what a model must keep to.
 */
export async function beforeProbe<T>(estimate: () => T, probe: () => Promise<void>): Promise<T> {
  let estimated: { readonly value: T } | { readonly error: unknown };
  try {
    estimated = { value: estimate() };
  } catch (error) {
    if (isFarziError(error) && error.code === 'FARZI_MEMORY_LIMIT') throw error;
    estimated = { error };
  }
  await probe();
  if ('error' in estimated) throw estimated.error;
  return estimated.value;
}

/**
 * Probes the models of an experiment on an engine that is there, and says what the whole of it is expected to take with
 * data that are there.
 *
 * @throws FARZI_MEMORY_LIMIT before anything is allocated; what {@link probeModels} throws
 */
export async function estimateAndProbe(
  engine: Engine,
  experiment: ResolvedExperiment,
  dataset: Dataset,
  { train, validation }: Corpus,
): Promise<Estimated> {
  const data = { sequences: train.length, validation, test: dataset.test, mostWindows: Infinity, context: evaluationContextOf(dataset) };
  const basis = { baseBytes: process.memoryUsage.rss(), speed: await measureSpeed(engine) };
  const estimate = await beforeProbe(
    () => estimateExperiment(experiment, data, basis),
    () => probeModels(engine, experiment, dataset.vocabulary.length),
  );
  return { estimate, limit: memoryLimitOf(experiment.config.memoryLimit) };
}

/** Memory that a process takes which trains students alone. */
export const studentsMemory = ({ phases }: Estimate): number =>
  Math.max(0, ...phases.filter(({ title }) => title.startsWith(STUDENTS)).map(({ memoryBytes }) => memoryBytes));

/** Processes that may do jobs of an experiment at the same time, as far as memory goes. */
export function mostWorkers({ distillation }: ResolvedExperiment, estimate: Estimate, limit: MemoryLimit): number {
  const { definition, options } = distillation.metaOptimizer as { definition: MetaOptimizerDefinition; options: never };
  const parts = definition.parts?.(options) ?? 0;
  const outerLoop = estimate.phases.find(({ title }) => title === DISTILLATION)?.memoryBytes ?? 0;
  const bytes = Math.max(1, studentsMemory(estimate), parts > 1 ? outerLoop : 0);
  return Math.max(1, Math.floor((limit.bytes - process.memoryUsage.rss()) / bytes));
}

/** How titles of stretches begin in which students are trained. */
const STUDENTS = 'students: ';

/** An experiment with bounded batches and lengths. */
class Planned {
  readonly #length: number;
  readonly #shape: SyntheticShape;
  /** By student: it takes long to go through all cases. */
  readonly #scored = new Map<string, Scored>();

  constructor(
    private readonly experiment: ResolvedExperiment,
    private readonly data: DataSizes,
    private readonly sizes: BoundedSizes,
  ) {
    const { maxLength, synthetic } = experiment.config;
    this.#length = sizes.bounded(maxLength);
    this.#shape = shapeOf({ ...synthetic, length: this.#length, vocabularySize: data.context.vocabularySize });
  }

  phases(): PhaseWork[] {
    const { experiment } = this;
    const { students, arms } = experiment;
    return [...this.#distillation(), ...students.flatMap((student) => arms.flatMap((arm) => this.#students(student, arm)))];
  }

  #model(configured: ConfiguredModel): TracedModel {
    return tracedModel(configured, { vocabularySize: this.#shape.vocabularySize, maxLength: this.#length });
  }

  #protocol() {
    const { batchSize, maskSeen } = this.experiment.config.evaluation;
    return {
      batchSize: this.sizes.bounded(Math.min(batchSize, this.data.mostWindows)),
      maskSeen,
      length: this.#length,
      context: this.data.context,
    };
  }

  #distillation(): PhaseWork[] {
    const { model, initialisation, teacher, distillation, training, selection, trajectories } = this.experiment;
    return distillationWork({
      ...{ teacher, options: distillation, training, shape: this.#shape, sizes: this.sizes },
      model: this.#model(model),
      taught: distillsFromTeacher(initialisation, teacher, distillation) || armsNeedTeacher(this.experiment),
      criterion: { cases: this.data.validation, metric: selection, protocol: this.#protocol() },
      trajectory: trajectoryLookup(trajectories),
    });
  }

  /** All students of an arm. */
  #students(student: LabelledModel, { definition, label }: LabelledArm): PhaseWork[] {
    const { trainsOn = 'real', budget } = definition;
    if (trainsOn === 'nothing') return [];
    const { students } = this.experiment;
    const name = students.length > 1 ? `${student.label} on ${label}` : label;
    return [{ ...this.#training(student, trainsOn, budget), title: `${STUDENTS}${name}` }];
  }

  /** Students that are trained on some kind of data, and scored. */
  #training(student: LabelledModel, trainsOn: 'real' | 'synthetic', budget: ArmDefinition['budget']): Work {
    const { experiment, data } = this;
    const training = experiment[budget];
    const shape = this.#shape;
    const batchOf = (sequences: number): number => this.sizes.bounded(Math.min(training.batchSize, sequences));
    const { model, validation, evaluation } = this.#scoring(student);
    const problem =
      trainsOn === 'synthetic'
        ? syntheticProblem(model, shape, batchOf(shape.sequences), true)
        : realSource(model, [], { batchSize: batchOf(data.sequences), length: shape.length }).problem;
    const { seeds } = experiment.config.evaluation;
    const work = trainingWork({
      what: trainsOn === 'synthetic' ? 'a step of a student on synthetic data' : 'a step of a student on real data',
      problem,
      training,
      count: seeds,
      sizes: [`${budget}.batchSize`, 'maxLength', 'sizes of the model'],
      validation,
    });
    return {
      ...work,
      programs: [...work.programs, repeated(evaluation, seeds)],
      held: [
        ...work.held,
        numbersHeld('latents and decoder', 2 * syntheticNumbers(shape), ['synthetic.sequences', 'synthetic.rank', 'maxLength']),
      ],
      savedBytes: NUMBER_BYTES * model.layout.size,
    };
  }

  /** What a student is scored by, on whatever it was trained. */
  #scoring(student: LabelledModel): Scored {
    const known = this.#scored.get(student.label);
    if (known !== undefined) return known;
    const { data, experiment } = this;
    const model = this.#model(student);
    const protocol = this.#protocol();
    const scored = {
      model,
      validation: scoringUse('validation', model, protocol, data.validation, [experiment.selection]),
      evaluation: scoringUse('evaluation', model, protocol, [...data.validation, ...data.test], experiment.metrics),
    };
    this.#scored.set(student.label, scored);
    return scored;
  }
}

/** A student, and what it is scored by once. */
interface Scored {
  readonly model: TracedModel;
  readonly validation: ProgramUse;
  readonly evaluation: ProgramUse;
}
