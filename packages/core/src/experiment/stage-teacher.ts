import type { SavedTensor } from '../storage/safetensors.js';
import type { TracedModel } from '../model/traced-model.js';
import { realSource } from '../training/real.js';
import { type Session, compileScorer, short, validationScore } from './session.js';
import { chooseRate, learningRates, trainStudent } from '../student/choose-rate.js';
import { TrainingCheckpoints } from '../run/training-checkpoints.js';

/** A learner trained on the full data, and weights along its way. */
export interface Teacher {
  /** Flat. */
  readonly weights: Float32Array;
  readonly snapshots: readonly Float32Array[];
  readonly seconds: number;
}

interface TeacherState {
  readonly seconds: number;
  readonly snapshots: number;
}

/** Trains the teacher, or takes it from the run's checkpoint. */
export async function trainTeacher(session: Session, model: TracedModel): Promise<Teacher> {
  const { directory, train, engine, experiment, stream, reporters } = session;
  const saved = await directory.loadCheckpoint<TeacherState>('teacher');
  if (saved !== undefined) {
    const values = (name: string): Float32Array => (saved.tensors[name] as SavedTensor).values as Float32Array;
    return {
      weights: values('weights'),
      snapshots: Array.from({ length: saved.state.snapshots }, (_, index) => values(`snapshot.${index}`)),
      seconds: saved.state.seconds,
    };
  }
  const { teacher: config } = experiment.config;
  reporters.emit('onPhase', 'teacher', { title: 'training the teacher on the full data', total: config.maxSteps });
  const scorer = await compileScorer(session, model);
  const checkpoints = new TrainingCheckpoints(session, 'teacher');
  const source = realSource(model, train, { batchSize: config.batchSize, length: experiment.config.maxLength });
  let latest = '';
  const { trained } = await chooseRate(learningRates(config), async (rate) => {
    const checkpoint = await checkpoints.at(rate);
    if (checkpoint.resumeFrom !== undefined)
      reporters.emit('onProgress', checkpoint.resumeFrom.progress.step, 'going on from the checkpoint');
    return trainStudent(config, rate, source, stream.child('teacher'), {
      engine,
      optimizer: experiment.optimizers.teacher,
      validate: async (weights) => {
        const score = await validationScore(session, scorer.scorer(weights));
        latest = `validation ${experiment.selection.key} ${short(Math.abs(score))}`;
        return score;
      },
      onStep: (step, loss) => {
        reporters.emit('onProgress', step, latest);
        if (loss !== undefined) reporters.emit('onMeasurement', { phase: 'teacher', subject: 'teacher', step, values: { loss } });
      },
      keepSnapshots: config.snapshots > 0,
      ...checkpoint,
      ...(session.signal === undefined ? {} : { signal: session.signal }),
    });
  });
  await scorer.dispose();
  const weights = Float32Array.from(await engine.download(trained.weights));
  trained.weights.dispose();
  const kept = evenly(trained.snapshots, config.snapshots);
  const tensors = {
    weights: { shape: [weights.length], values: weights },
    ...Object.fromEntries(kept.map((values, index) => [`snapshot.${index}`, { shape: [values.length], values }])),
  };
  await directory.saveCheckpoint('teacher', tensors, { seconds: trained.seconds, snapshots: kept.length } satisfies TeacherState);
  await checkpoints.clear();
  reporters.emit(
    'onNote',
    `teacher: ${experiment.selection.key} ${short(Math.abs(trained.score))} on validation after ${trained.step} steps`,
  );
  return { weights, snapshots: kept, seconds: trained.seconds };
}

/** At most `count` items, spread evenly. */
function evenly<T>(items: readonly T[], count: number): T[] {
  const taken = Math.min(count, items.length);
  return Array.from({ length: taken }, (_, index) => items[Math.floor((index * items.length) / taken)] as T);
}
