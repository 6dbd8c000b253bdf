import type { EngineTensor } from '../engine/engine.js';
import { disposeAll } from '../engine/engine.js';
import { headSequences, popularityScorer, randomSequences } from '../evaluation/baselines.js';
import type { ModelScorer } from '../evaluation/model-scorer.js';
import type { RandomStream } from '../random/stream.js';
import { syntheticSource, uploadSynthetic } from '../synthetic/source.js';
import type { SyntheticData } from '../synthetic/synthetic.js';
import { realSource } from '../training/real.js';
import type { TrainingSource } from '../unroll/source.js';
import { throwIfAborted } from '../training/train.js';
import type { TracedModel } from '../model/traced-model.js';
import type { TrainingConfig } from '../config/schema.js';
import { buildModel, compileScorer, type Session, short, testMetrics, validationScore } from './session.js';
import { type ChosenRate, chooseRate, learningRates, lostToDivergence, trainStudent } from '../student/choose-rate.js';
import { saveStudent } from '../run/student-weights.js';
import { TrainingCheckpoints } from '../run/training-checkpoints.js';
import type { StudentResult } from '../report/summary.js';

/** The summaries that students may be trained on. */
export interface Summaries {
  readonly distilled: SyntheticData | undefined;
  readonly initial: SyntheticData;
}

const RESULTS = 'checkpoints/results.json';

/** Training data of an arm for one seed. */
function sourceOf(
  { experiment, train, engine }: Session,
  arm: string,
  model: TracedModel,
  summaries: Summaries,
  stream: RandomStream,
): TrainingSource {
  const { training, maxLength, synthetic } = experiment.config;
  const real = (sequences: readonly Int32Array[]): TrainingSource =>
    realSource(model, sequences, { batchSize: Math.min(training.batchSize, sequences.length), length: maxLength });
  const summary = (data: SyntheticData): TrainingSource => syntheticSource(model, data, uploadSynthetic(engine, data), training.batchSize);
  switch (arm) {
    case 'distilled':
      return summary(summaries.distilled ?? summaries.initial);
    case 'teacher-init':
      return summary(summaries.initial);
    case 'random':
      return real(randomSequences(train, synthetic.sequences, maxLength + 1, stream.child('random sequences')));
    case 'head':
      return real(headSequences(train, synthetic.sequences, maxLength + 1));
    default:
      return real(train);
  }
}

/** An arm's budget: only `full` may have one of its own. */
function budgetOf({ experiment: { config } }: Session, arm: string): TrainingConfig {
  return arm === 'full' ? { ...config.training, ...config.fullTraining } : config.training;
}

/** Trains and evaluates the students of every arm, leaving out those that an earlier session has done. */
export async function evaluateStudents(session: Session, summaries: Summaries): Promise<StudentResult[]> {
  const { experiment, directory, reporters, dataset } = session;
  const { evaluation, seed } = experiment.config;
  const done = await directory.readJson<{ results: StudentResult[]; rates: Record<string, number> }>(RESULTS);
  const results = done?.results ?? [];
  const rates = done?.rates ?? {};
  const arms = evaluation.arms.filter((arm) => arm !== 'popularity');
  const total = arms.length * evaluation.seeds * experiment.students.length;
  reporters.emit('onPhase', 'students', { title: 'training students from scratch', total });
  let finished = 0;
  for (const student of experiment.students) {
    const id = student.label;
    const model = buildModel(session, student);
    const scorer = await compileScorer(session, model);
    for (const arm of arms) {
      for (let index = 0; index < evaluation.seeds; index++) {
        throwIfAborted(session.signal);
        const known = results.some((result) => result.data === arm && result.student === id && result.seed === seed + index);
        if (!known) {
          const checkpoints = new TrainingCheckpoints(session, `${id} ${arm} ${seed + index}`);
          const request = { arm, id, seed: seed + index, rate: rates[`${id} ${arm}`], keep: index === 0, checkpoints };
          const { result, learningRate } = await trainAndTest(session, request, model, summaries, scorer);
          results.push(result);
          if (learningRate !== undefined) rates[`${id} ${arm}`] = learningRate;
          await directory.writeJson(RESULTS, { results, rates });
          await checkpoints.clear();
        }
        finished += 1;
        const latest = results.find((result) => result.data === arm && result.student === id && result.seed === seed + index);
        reporters.emit(
          'onProgress',
          finished,
          `${arm}, seed ${seed + index}: test ${experiment.metrics.map(({ key }) => `${key} ${short(latest?.metrics[key] ?? Number.NaN)}`).join(', ')}`,
        );
      }
    }
    await scorer.dispose();
    if (evaluation.arms.includes('popularity') && !results.some((result) => result.data === 'popularity' && result.student === id)) {
      const metrics = await testMetrics(session, popularityScorer(dataset.train, dataset.vocabulary.length, evaluation.maskSeen));
      results.push({ data: 'popularity', student: id, seed, trainingSeconds: 0, trainingSteps: 0, metrics });
    }
  }
  return results;
}

interface StudentRequest {
  readonly arm: string;
  readonly id: string;
  readonly seed: number;
  /** The learning rate that an earlier seed settled on. */
  readonly rate: number | undefined;
  /** Whether the student's weights are kept in the run directory. */
  readonly keep: boolean;
  readonly checkpoints: TrainingCheckpoints;
}

async function trainAndTest(
  session: Session,
  request: StudentRequest,
  model: TracedModel,
  summaries: Summaries,
  scorer: ModelScorer,
): Promise<{ result: StudentResult; learningRate: number | undefined }> {
  const { reporters } = session;
  const { arm, id, seed } = request;
  const subject = `${arm} seed ${seed}`;
  const chosen = await trainOn(session, request, model, summaries, scorer);
  if (chosen === undefined) {
    reporters.emit('onNote', `${subject}: training diverged before the first look at validation; this student has no metrics`);
    return { learningRate: undefined, result: { data: arm, student: id, seed, trainingSeconds: 0, trainingSteps: 0, metrics: {} } };
  }
  const { learningRate, trained } = chosen;
  if (trained.stopped === 'diverged') reporters.emit('onNote', `${subject}: training diverged; the best weights before that are used`);
  const metrics = await testMetrics(session, scorer.scorer(trained.weights));
  if (request.keep) await saveStudent(session, model, trained.weights, { student: id, data: arm, seed, step: trained.step });
  trained.weights.dispose();
  return { learningRate, result: { data: arm, student: id, seed, trainingSeconds: trained.seconds, trainingSteps: trained.step, metrics } };
}

/** Trains one student, or none where it diverges at every rate before anything could be kept. */
async function trainOn(
  session: Session,
  { arm, id, seed, rate: known, checkpoints }: StudentRequest,
  model: TracedModel,
  summaries: Summaries,
  scorer: ModelScorer,
): Promise<ChosenRate | undefined> {
  const { experiment, engine, reporters } = session;
  // the seed alone settles the initial weights and the order of batches, so that arms are compared in pairs
  const stream = session.stream.child('student', id, seed);
  const budget = budgetOf(session, arm);
  const source = sourceOf(session, arm, model, summaries, stream);
  const chosen = await chooseRate(known === undefined ? learningRates(budget) : [known], async (rate) =>
    trainStudent(budget, rate, source, stream, {
      engine,
      optimizer: experiment.optimizers.training,
      validate: async (weights: EngineTensor) => validationScore(session, scorer.scorer(weights)),
      onStep: (step, loss) => {
        if (loss !== undefined)
          reporters.emit('onMeasurement', { phase: 'students', subject: `${arm} seed ${seed}`, step, values: { loss } });
      },
      ...(await checkpoints.at(rate)),
      ...(session.signal === undefined ? {} : { signal: session.signal }),
    }),
  ).catch(lostToDivergence);
  disposeAll(source.meta);
  return chosen;
}
