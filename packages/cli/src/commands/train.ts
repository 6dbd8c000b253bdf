import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type ConfiguredModel,
  type Engine,
  evaluateStudent,
  FarziError,
  type GivenTrainingOptions,
  isStudentFile,
  loadDatasetOf,
  loadDistilled,
  modelFrom,
  type Registry,
  requireSameVocabulary,
  type Student,
  type SyntheticPackage,
  trainStudent,
} from '@farzi/core';
import { dataDirectoriesOf, type DataOptions } from '../data-directories.js';
import { type EngineOptions, onEngine } from '../engine.js';
import { type Evaluation, evaluationOf, evaluationText } from '../evaluation.js';
import { exitCodes } from '../exit.js';
import { countText, secondsText } from '../format.js';
import { Interrupt, wasInterrupted } from '../interrupt.js';
import type { Io } from '../io.js';
import { type PluginOptions, prepare, type PreparedExperiment, registryOf, type SetOptions } from '../prepare.js';
import { observing, progressReporter } from '../reporters/choose.js';
import type { ProgressReporter } from '../reporters/progress.js';

/** Options of `farzi train`. */
export interface TrainOptions extends SetOptions, PluginOptions, DataOptions, EngineOptions {
  readonly model: string;
  readonly out: string;
  readonly seed: number;
  readonly learningRate?: number;
  readonly steps?: number;
  readonly batchSize?: number;
  /** An experiment, whose dataset and protocol the student is evaluated with. */
  readonly evaluate?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** A job whose parts all exist and fit. */
interface Job {
  /** What messages call the distilled data. */
  readonly path: string;
  readonly options: TrainOptions;
  readonly registry: Registry;
  readonly model: ConfiguredModel;
  readonly synthetic: SyntheticPackage;
  readonly examination: PreparedExperiment | undefined;
}

/** Trains a student on distilled data and writes it to a file. */
export async function train(path: string, options: TrainOptions, io: Io): Promise<number> {
  await requirePlace(options.out, path);
  const examination = options.evaluate === undefined ? undefined : await prepare(options.evaluate, { plugin: options.plugin ?? [] });
  const registry = examination?.registry ?? (await registryOf(options));
  const model = modelFrom(registry, options.model, options.set ?? []);
  const synthetic = await distilledData(path, registry);
  requireSameTask(model, synthetic, path, registry);
  const progress = progressReporter(options, io);
  const interrupt = new Interrupt(
    io,
    () => progress.onNote?.('Interrupted: stopping after this step. Interrupt again to stop at once.'),
    () => {
      progress.close();
    },
  );
  try {
    const { student, evaluation } = await work({ path, options, registry, model, synthetic, examination }, progress, interrupt.signal, io);
    progress.close();
    io.stdout.write(told(path, options, synthetic, student, evaluation));
    return exitCodes.ok;
  } catch (error) {
    progress.close();
    if (!wasInterrupted(error, interrupt.signal)) throw error;
    io.stderr.write('Interrupted: no student was written. Call the command again to start anew.\n');
    return exitCodes.interrupted;
  } finally {
    interrupt.dispose();
  }
}

async function work(
  job: Job,
  progress: ProgressReporter,
  signal: AbortSignal,
  io: Io,
): Promise<{ readonly student: Student; readonly evaluation: Evaluation | undefined }> {
  const { path, options, registry, synthetic, examination } = job;
  const dataset =
    examination &&
    (await loadDatasetOf(examination.experiment, registry, {
      dataDirectories: dataDirectoriesOf(options, io),
      configDirectory: examination.loaded.directory,
      progress: (text) => progress.onNote?.(text),
      signal,
    }));
  // before anything is trained that could not be evaluated
  if (dataset !== undefined) requireSameVocabulary(dataset, synthetic.vocabulary, path);
  return onEngine(registry, options, async (engine) => {
    const student = await trained(job, engine, progress, signal);
    await student.save(options.out);
    if (examination === undefined || dataset === undefined) return { student, evaluation: undefined };
    const { experiment } = examination;
    const metrics = await evaluateStudent({ student, name: options.out, experiment, dataset, engine });
    return { student, evaluation: evaluationOf(experiment, dataset, student, metrics) };
  });
}

function trained({ options, model, synthetic }: Job, engine: Engine, progress: ProgressReporter, signal: AbortSignal): Promise<Student> {
  const { seed, learningRate, steps, batchSize } = options;
  const training: GivenTrainingOptions = {
    ...(learningRate === undefined ? {} : { learningRate }),
    ...(steps === undefined ? {} : { maxSteps: steps }),
    ...(batchSize === undefined ? {} : { batchSize }),
  };
  return trainStudent({ ...observing(progress), data: synthetic, model, engine, seed, training, signal });
}

/** Reads distilled data; a student in their place is told so. */
async function distilledData(path: string, registry: Registry): Promise<SyntheticPackage> {
  try {
    return await loadDistilled(path, registry.all('codec'));
  } catch (cause) {
    if (!(await isStudentFile(path))) throw cause;
    throw new FarziError('FARZI_SAFETENSORS', `The file ${path} holds a student, and no distilled data.`, {
      hint: 'Give the distilled data first, and the place of the student with --out.',
      cause,
    });
  }
}

/**
 * Refuses a model of another task than the data, as far as theirs is known.
 *
 * @throws FARZI_CONFIG_INVALID
 */
function requireSameTask({ definition }: ConfiguredModel, { provenance }: SyntheticPackage, path: string, registry: Registry): void {
  // data of earlier versions do not say it, but their dataset may be known
  const task = provenance.task ?? registry.all('dataset').find(({ id }) => id === provenance.dataset)?.task;
  if (task === undefined || task === definition.task) return;
  throw new FarziError(
    'FARZI_CONFIG_INVALID',
    `The model ${definition.id} is for ${definition.task}, and ${path} was distilled from ${provenance.dataset}, which is for ${task}.`,
    { hint: `Take a model for ${task}: farzi plugins lists models.` },
  );
}

/**
 * Refuses to write over anything but a student.
 *
 * @throws FARZI_USAGE
 */
async function requirePlace(out: string, data: string): Promise<void> {
  const there = await stat(out).catch(() => undefined);
  if (there === undefined || (resolve(out) !== resolve(data) && there.isFile() && (await isStudentFile(out)))) return;
  throw new FarziError(
    'FARZI_USAGE',
    `--out ${out}: there is ${there.isDirectory() ? 'a folder' : 'something else than a student'} already.`,
    {
      hint: 'Give --out the path of a new file, such as student.safetensors, or of a student to replace.',
    },
  );
}

function told(
  path: string,
  { out, seed, json }: TrainOptions,
  { data, provenance }: SyntheticPackage,
  { model, training }: Student,
  evaluation: Evaluation | undefined,
): string {
  const { learningRate, steps, seconds } = training ?? {};
  const { id } = model.definition;
  if (json === true) {
    const answer = {
      ...{ student: out, model: { id, ...(model.options as object) }, seed, training: { learningRate, steps, seconds } },
      data: { path, sequences: data.sequences, length: data.length, rank: data.rank, dataset: provenance.dataset, model: provenance.model },
      ...(evaluation === undefined ? {} : { evaluation }),
    };
    return `${JSON.stringify(answer, null, 2)}\n`;
  }
  const source = `${countText(data.sequences)} sequences of ${countText(data.length)}, distilled from ${provenance.dataset} with ${provenance.model}`;
  return [
    `${path}: ${source}\n`,
    `${out}: ${id}, trained in ${secondsText(seconds)} s, ${countText(steps)} steps at learning rate ${String(learningRate)}\n`,
    evaluation === undefined ? '' : evaluationText(evaluation),
  ].join('');
}
