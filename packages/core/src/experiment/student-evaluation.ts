import type { ResolvedExperiment } from '../config/resolve.js';
import type { Dataset, DatasetContext } from '../data/dataset.js';
import { requireSameVocabulary } from '../data/same-vocabulary.js';
import type { EngineInput } from '../engine/with-engine.js';
import { evaluationContextOf } from '../evaluation/context.js';
import type { Registry } from '../plugin/registry.js';
import { evaluate } from '../student/evaluate.js';
import type { Student } from '../student/student.js';
import { services, servicesOf } from './services.js';

/** Loads and checks the dataset of an experiment, as its run does. */
export function loadDatasetOf(experiment: ResolvedExperiment, registry: Registry, context: DatasetContext): Promise<Dataset> {
  return servicesOf(experiment, registry).get(services.dataset)(context);
}

/** A student, and an experiment that says how to evaluate it. */
export interface StudentEvaluation extends EngineInput {
  readonly student: Student;
  /** What messages call the student: a file. */
  readonly name: string;
  readonly experiment: ResolvedExperiment;
  /** The dataset of the experiment. */
  readonly dataset: Dataset;
}

/**
 * Evaluates a student, wherever it comes from, as an experiment evaluates its own: the experiment's metrics, on the test
 * cases of its dataset.
 *
 * @returns values by metric key
 * @throws FARZI_VOCABULARY_MISMATCH; FARZI_CONFIG_INVALID for a student of another task
 */
export async function evaluateStudent({
  student,
  name,
  experiment,
  dataset,
  ...engine
}: StudentEvaluation): Promise<Record<string, number>> {
  requireSameVocabulary(dataset, student.vocabulary, name);
  const { maskSeen, batchSize } = experiment.config.evaluation;
  const { occurrences, characters } = evaluationContextOf(dataset);
  return evaluate({
    ...{ ...engine, student, cases: dataset.test, metrics: experiment.metrics, maskSeen, batchSize, occurrences },
    ...(characters === undefined ? {} : { characters }),
  });
}
