import { evaluateStudent, loadDatasetOf, loadStudent } from '@farzi/core';
import { dataDirectoriesOf, type DataOptions } from '../data-directories.js';
import { type EngineOptions, onEngine } from '../engine.js';
import { evaluationOf, evaluationText } from '../evaluation.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { prepare, type PrepareOptions } from '../prepare.js';

/** Options of `farzi evaluate`. */
export interface EvaluateOptions extends PrepareOptions, DataOptions, EngineOptions {
  /** An experiment, whose dataset and protocol are used. */
  readonly dataset: string;
  /** Keys of metrics: the experiment's by default. */
  readonly metric?: readonly string[];
  readonly json?: boolean;
}

/** Evaluates a student as an experiment evaluates its own. */
export async function evaluate(path: string, options: EvaluateOptions, io: Io): Promise<number> {
  const { loaded, registry, experiment: given } = await prepare(options.dataset, options);
  const student = await loadStudent(path, { models: registry.all('model') });
  const metrics = options.metric?.map((key) => registry.metric(key, given.config.task)) ?? given.metrics;
  const experiment = { ...given, metrics };
  const dataset = await loadDatasetOf(experiment, registry, {
    dataDirectories: dataDirectoriesOf(options, io),
    configDirectory: loaded.directory,
    progress: () => undefined,
  });
  const values = await onEngine(registry, options, (engine) => evaluateStudent({ student, name: path, experiment, dataset, engine }));
  const evaluation = evaluationOf(experiment, dataset, student, values);
  const { id } = student.model.definition;
  io.stdout.write(
    options.json === true
      ? `${JSON.stringify({ student: path, model: id, ...evaluation }, null, 2)}\n`
      : `${path}: ${id}\n${evaluationText(evaluation)}`,
  );
  return exitCodes.ok;
}
