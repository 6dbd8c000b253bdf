import { checkCases } from '../data/check.js';
import { corpusOf } from '../data/corpus.js';
import type { Dataset, EvaluationCase } from '../data/dataset.js';
import type { Task } from '../data/task.js';
import { evaluationContextOf } from '../evaluation/context.js';
import type { EvaluationContext } from '../evaluation/evaluate.js';
import { type DataInput, datasetOf, DEFAULT_MAX_LENGTH } from '../data/input.js';
import { disposeAll, type Engine, type EngineTensor } from '../engine/engine.js';
import { type EngineInput, withEngine } from '../engine/with-engine.js';
import { FarziError } from '../errors.js';
import { requireCharacters } from '../evaluation/needs.js';
import { type EvaluationInput, evaluationSettings } from '../evaluation/settings.js';
import { Validation, type ValidationCriterion } from '../evaluation/validation.js';
import type { ConfiguredModel } from '../model/definition.js';
import { type TracedModel, tracedModel } from '../model/traced-model.js';
import { RandomStream } from '../random/stream.js';
import type { Observer } from '../report/reporter.js';
import { shown } from '../report/shown.js';
import { type CheckpointStore, noCheckpoints } from '../storage/checkpoints.js';
import type { SyntheticPackage } from '../synthetic/package.js';
import type { TrainingRecipe } from '../synthetic/synthetic.js';
import { TrainingCheckpoints } from '../training/checkpoints.js';
import { chooseRate, learningRatesOf } from '../training/learning-rates.js';
import { type GivenTrainingOptions, type TrainingOptions, trainingOptions } from '../training/options.js';
import { train } from '../training/train.js';
import { type TokenNames, tokenNames, type TrainingFacts } from './parts.js';
import { Student } from './student.js';
import { sourceOf, type TrainingData } from './training-data.js';

/** What to train a student on: synthetic data as `loadSynthetic` gives them, a dataset, or sequences in memory. */
export type StudentDataInput = SyntheticPackage | DataInput;

/** Which student to train, and on what. */
export interface TrainStudentRequest extends EngineInput, Observer {
  readonly data: StudentDataInput;
  readonly model: ConfiguredModel;
  /** Inputs per sequence: those of synthetic data, else 50 by default. */
  readonly maxLength?: number;
  /**
   * What the number of steps and the learning rate are chosen by. Without any, synthetic data are trained on as long as
   * their own distillation found best, and real ones hold out the end of each sequence.
   */
  readonly validation?: readonly EvaluationCase[];
  readonly training?: GivenTrainingOptions;
  readonly evaluation?: EvaluationInput;
  /** Settles the initial weights and the order of batches; 1 by default. */
  readonly seed?: number;
  readonly checkpoints?: CheckpointStore;
  /** Called with the student as it stands every `training.evaluateEvery` steps; training waits for it. */
  onStudent?(student: Student, step: number): Promise<void> | void;
  readonly signal?: AbortSignal;
}

/**
 * Trains a student from scratch on synthetic or real data.
 *
 * @throws FARZI_NON_FINITE when training diverges, FARZI_INTERRUPTED when the signal aborts; any other coded error
 */
export async function trainStudent(request: TrainStudentRequest): Promise<Student> {
  const { checkpoints = noCheckpoints, seed = 1, signal, model } = request;
  const plan = 'provenance' in request.data ? onSynthetic(request, request.data) : onReal(request, request.data);
  const traced = tracedModel(model, { vocabularySize: plan.names.vocabulary.length, maxLength: plan.maxLength });
  const { maxSteps } = plan.training;
  request.onPhase?.('students', { title: `training ${model.definition.id} from scratch`, total: maxSteps });
  const observer: Observer = {
    onNote: (text) => request.onNote?.(text),
    onCheckpoint: (path) => request.onCheckpoint?.(path),
    onMeasurement: (measurement) => {
      request.onMeasurement?.(measurement);
      const detail = `loss ${shown(measurement.values['loss'] ?? Number.NaN)}`;
      request.onProgress?.({ phase: 'students', done: measurement.step, total: maxSteps, detail });
    },
  };
  return withEngine(request, (engine) =>
    trainNewStudent({
      ...plan,
      ...{ engine, model, traced, checkpoints, observer, subject: 'student' },
      stream: new RandomStream(seed).child('student', model.definition.id, seed),
      ...(request.onStudent === undefined ? {} : { onStudent: (student, step) => request.onStudent?.(student, step) }),
      ...(signal === undefined ? {} : { signal }),
    }),
  );
}

/** A student to train, everything settled. */
export interface StudentPlan {
  readonly engine: Engine;
  readonly model: ConfiguredModel;
  /** The same model, built. */
  readonly traced: TracedModel;
  readonly data: TrainingData;
  readonly names: TokenNames;
  readonly maxLength: number;
  readonly training: TrainingOptions;
  /** Without it all steps are taken, and the last weights kept. */
  readonly criterion?: ValidationCriterion;
  /** Draws the initial weights and every batch. */
  readonly stream: RandomStream;
  readonly checkpoints: CheckpointStore;
  readonly observer: Observer;
  /** What observers and checkpoints call it. */
  readonly subject: string;
  /** Called with the student as it stands at every validation, or where it would be. */
  onStudent?(student: Student, step: number): Promise<void> | void;
  readonly signal?: AbortSignal;
}

/**
 * Trains a student at each of its learning rates, and keeps the best on validation.
 *
 * @throws FARZI_NON_FINITE when training diverges at all rates, FARZI_INTERRUPTED when the signal aborts
 */
export async function trainNewStudent(plan: StudentPlan): Promise<Student> {
  const { engine, traced, training, criterion, stream, observer, subject, signal, maxLength } = plan;
  const checkpoints = new TrainingCheckpoints(plan.checkpoints, observer, subject);
  const studentOf = async (weights: EngineTensor, facts: { readonly training?: TrainingFacts } = {}): Promise<Student> =>
    new Student({ model: plan.model, weights: Float32Array.from(await engine.download(weights)), maxLength, ...plan.names, ...facts });
  const { onStudent } = plan;
  const source = await sourceOf(plan.data, { engine, model: traced, batchSize: training.batchSize, length: maxLength });
  const validation = criterion === undefined ? undefined : await Validation.compile(engine, traced, criterion);
  try {
    const { trained, learningRate } = await chooseRate(
      learningRatesOf(training),
      async (rate) =>
        train({
          engine,
          source,
          optimizer: training.optimizer,
          budget: { ...training, learningRate: rate },
          stream,
          onStep: (step, loss) => {
            if (loss !== undefined) observer.onMeasurement?.({ phase: 'students', subject, step, values: { loss } });
          },
          ...(validation === undefined ? {} : { validate: (weights) => validation.score(weights) }),
          ...(onStudent === undefined
            ? {}
            : {
                onWeights: async (step, weights) => {
                  await onStudent(await studentOf(weights), step);
                },
              }),
          ...(await checkpoints.at(rate)),
          ...(signal === undefined ? {} : { signal }),
        }),
      ({ weights }) => {
        weights.dispose();
      },
    );
    const { step: steps, seconds, score, history, stopped, weights } = trained;
    const student = await studentOf(weights, {
      training: { learningRate, steps, seconds, score, history, diverged: stopped === 'diverged' },
    });
    weights.dispose();
    return student;
  } finally {
    await validation?.dispose();
    disposeAll(source.meta);
  }
}

/** What a request's data settle. */
type DataPlan = Pick<StudentPlan, 'data' | 'names' | 'maxLength' | 'training' | 'criterion'>;

function onSynthetic(request: TrainStudentRequest, synthetic: SyntheticPackage): DataPlan {
  const { data, vocabulary, titles, tokenizer, provenance } = synthetic;
  const { validation, maxLength = data.length, model } = request;
  if (maxLength < data.length) {
    throw new FarziError(
      'FARZI_CONFIG_INVALID',
      `The option maxLength is ${maxLength}, and the synthetic sequences have ${data.length} positions.`,
      {
        hint: `Leave maxLength out, or set it to ${data.length} or more.`,
      },
    );
  }
  const given = request.training ?? {};
  const training = trainingOptions(validation === undefined ? { ...byRecipe(provenance.recipe), ...given } : given);
  const saved = tokenizer === undefined ? undefined : { dataset: provenance.dataset, saved: tokenizer };
  const names = tokenNames({ vocabulary, titles, tokenizer: saved });
  const plan = { data: { kind: 'synthetic', data } as const, names, maxLength, training };
  if (validation === undefined) return plan;
  const context = { vocabularySize: vocabulary.length, occurrences: new Float64Array(vocabulary.length) };
  return { ...plan, criterion: criterionOf(request, model.definition.task, validation, maxLength, context) };
}

/** What the tokens of a dataset stand for. */
export function namesOf({ id, tokenizer, ...dataset }: Pick<Dataset, 'id' | 'vocabulary' | 'titles' | 'tokenizer'>): TokenNames {
  return tokenNames({
    vocabulary: dataset.vocabulary,
    titles: dataset.titles,
    tokenizer: tokenizer === undefined ? undefined : { dataset: id, saved: tokenizer.saved },
  });
}

/** Where nothing can be validated, a student trains as those that distillation found best. */
const byRecipe = (recipe: TrainingRecipe | undefined): GivenTrainingOptions =>
  recipe === undefined ? {} : { learningRate: recipe.learningRate, maxSteps: Math.max(1, recipe.steps) };

function onReal(request: TrainStudentRequest, input: DataInput): DataPlan {
  const { model, maxLength = DEFAULT_MAX_LENGTH, evaluation } = request;
  const { task } = model.definition;
  const dataset = datasetOf(
    request.validation === undefined || input.dataset !== undefined ? input : { ...input, validation: request.validation },
    task,
  );
  const { train: sequences, validation } = corpusOf(dataset, maxLength, evaluationSettings(evaluation, task).validationTargets);
  return {
    data: { kind: 'real', sequences },
    names: namesOf(dataset),
    maxLength,
    training: trainingOptions(request.training),
    criterion: criterionOf(request, task, request.validation ?? validation, maxLength, evaluationContextOf(dataset)),
  };
}

function criterionOf(
  { evaluation }: TrainStudentRequest,
  task: Task,
  cases: readonly EvaluationCase[],
  length: number,
  context: EvaluationContext,
): ValidationCriterion {
  const { selection, batchSize, maskSeen } = evaluationSettings(evaluation, task);
  requireCharacters({ id: 'what is trained on', ...context }, [selection]);
  checkCases(cases, context.vocabularySize);
  return { cases, metric: selection, protocol: { batchSize, maskSeen, length, context } };
}
