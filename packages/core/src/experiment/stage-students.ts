import { disposeAll } from '../engine/engine.js';
import { headSequences, popularityScorer, randomSequences } from '../evaluation/baselines.js';
import type { RandomStream } from '../random/stream.js';
import { syntheticSource, uploadSynthetic } from '../synthetic/source.js';
import type { SyntheticData } from '../synthetic/synthetic.js';
import { realSource } from '../training/real.js';
import type { TrainingSource } from '../training/source.js';
import { throwIfAborted } from '../training/train.js';
import type { TracedModel } from '../training/objective.js';
import { buildModel, compileScorer, type Session, short, testMetrics, validationScore } from './session.js';
import { chooseRate, learningRates, trainStudent } from './student.js';
import type { StudentResult } from './summary.js';

/** The summaries that students may be trained on. */
export interface Summaries {
  readonly distilled: SyntheticData | undefined;
  readonly initial: SyntheticData;
}

const RESULTS = 'checkpoints/results.json';

/** Training data of an arm for one seed. */
function sourceOf(
  { experiment, dataset, engine }: Session,
  arm: string,
  model: TracedModel,
  summaries: Summaries,
  stream: RandomStream,
): TrainingSource {
  const { training, maxLength, synthetic } = experiment.config;
  const real = (sequences: readonly Int32Array[]): TrainingSource =>
    realSource(model, sequences, { batchSize: Math.min(training.batchSize, sequences.length), length: maxLength });
  const summary = (data: SyntheticData): TrainingSource => syntheticSource(model, data, uploadSynthetic(engine, data), training.batchSize);
  // who has a single event has nothing to predict: a baseline must not draw it in place of one that can be learned from
  const train = dataset.train.filter((sequence) => sequence.length > 1);
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
          const chosen = rates[`${id} ${arm}`];
          const { result, learningRate } = await trainAndTest(
            session,
            { arm, id, seed: seed + index, rate: chosen },
            model,
            summaries,
            scorer,
          );
          results.push(result);
          rates[`${id} ${arm}`] = learningRate;
          await directory.writeJson(RESULTS, { results, rates });
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
      const metrics = await testMetrics(session, popularityScorer(dataset.train, dataset.vocabulary.length));
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
}

async function trainAndTest(
  session: Session,
  { arm, id, seed, rate: known }: StudentRequest,
  model: TracedModel,
  summaries: Summaries,
  scorer: Awaited<ReturnType<typeof compileScorer>>,
): Promise<{ result: StudentResult; learningRate: number }> {
  const { experiment, engine, reporters } = session;
  const { training } = experiment.config;
  // the seed alone settles the initial weights and the order of batches, so that arms are compared in pairs
  const stream = session.stream.child('student', id, seed);
  const source = sourceOf(session, arm, model, summaries, stream);
  const subject = `${arm} seed ${seed}`;
  const { learningRate, trained } = await chooseRate(known === undefined ? learningRates(training) : [known], (rate) =>
    trainStudent(training, rate, source, stream, {
      engine,
      optimizer: experiment.optimizers.training,
      validate: async (weights) => validationScore(session, scorer.scorer(weights)),
      onStep: (step, loss) => {
        if (loss !== undefined) reporters.emit('onMeasurement', { phase: 'students', subject, step, values: { loss } });
      },
      ...(session.signal === undefined ? {} : { signal: session.signal }),
    }),
  );
  disposeAll(source.meta);
  if (trained.stopped === 'diverged') reporters.emit('onNote', `${subject}: training diverged; the best weights before that are used`);
  const metrics = await testMetrics(session, scorer.scorer(trained.weights));
  trained.weights.dispose();
  return { learningRate, result: { data: arm, student: id, seed, trainingSeconds: trained.seconds, trainingSteps: trained.step, metrics } };
}
