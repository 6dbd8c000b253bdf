import type { EngineTensor } from '../engine/engine.js';
import { type OuterCheckpoint, type OuterProgress, runOuterLoop } from '../distill/outer-loop.js';
import { FarziError } from '../errors.js';
import { splitParameters } from '../model/layout.js';
import { Graph, program } from '../program/graph.js';
import { randomSynthetic, type SequenceWindows, sequenceWindows, type TeacherFactors, teacherSynthetic } from '../synthetic/initialise.js';
import type { SyntheticData, SyntheticShape } from '../synthetic/synthetic.js';
import type { TracedModel } from '../model/traced-model.js';
import { type Session, short } from './session.js';
import type { Teacher } from './stage-teacher.js';
import { SummaryValidation } from '../distill/validation.js';

/** Sequences that a teacher reads at once. */
const TEACHER_BATCH = 50;

/** What a teacher says about windows of real sequences. */
async function teacherFactors(
  { engine, experiment }: Session,
  model: TracedModel,
  { weights }: Teacher,
  { ids }: SequenceWindows,
): Promise<TeacherFactors> {
  const length = experiment.config.maxLength;
  const graph = new Graph();
  const flat = graph.input('weights', [model.layout.size]);
  const tokens = graph.input('ids', [TEACHER_BATCH, length], 'int32');
  const parameters = splitParameters(model.layout, flat);
  const { factors } = model.predictions(parameters, { kind: 'hard', ids: tokens });
  if (factors === undefined) {
    throw new FarziError(
      'FARZI_CONFIG_INVALID',
      `synthetic.initialisation is teacher, but the model ${experiment.config.model.id} has no factors (hidden states and output table)`,
      {
        hint: 'Use initialisation: random, or add factors to the model.',
      },
    );
  }
  const { hidden: states, table: items } = factors;
  const executable = await engine.compile(program('teacher factors', [flat, tokens], { states, items }));
  const width = states.shape[1] as number;
  const sequences = ids.length / length;
  const hidden = new Float32Array(sequences * length * width);
  const uploaded = engine.upload(weights, [weights.length]);
  let table = new Float32Array();
  for (let from = 0; from < sequences; from += TEACHER_BATCH) {
    const batch = new Int32Array(TEACHER_BATCH * length);
    batch.set(ids.subarray(from * length, (from + TEACHER_BATCH) * length));
    const outputs = await executable.run({ weights: uploaded, ids: engine.upload(batch, [TEACHER_BATCH, length]) });
    const values = (await engine.download(outputs['states'] as EngineTensor)) as Float32Array;
    hidden.set(values.subarray(0, Math.min(TEACHER_BATCH, sequences - from) * length * width), from * length * width);
    table = Float32Array.from(await engine.download(outputs['items'] as EngineTensor));
  }
  await executable.dispose();
  return { hidden, table, width };
}

/** The summary before any outer step. */
export async function initialSynthetic(session: Session, model: TracedModel, teacher: Teacher | undefined): Promise<SyntheticData> {
  const { experiment, dataset, train, stream } = session;
  const { synthetic, maxLength } = experiment.config;
  const shape: SyntheticShape = { ...synthetic, length: maxLength, vocabularySize: dataset.vocabulary.length };
  const windows = sequenceWindows(train, shape, stream.child('windows'));
  if (teacher === undefined) return randomSynthetic(shape, windows, stream.child('synthetic'));
  return teacherSynthetic(shape, windows, await teacherFactors(session, model, teacher, windows));
}

/** What a checkpoint holds besides arrays. */
interface DistillationState {
  readonly progress: OuterProgress;
  readonly learningRate: number | undefined;
}

/** What distillation gives. */
export interface Distilled {
  readonly data: SyntheticData;
  readonly progress: OuterProgress;
}

/** Without outer steps there is nothing to choose between, and nothing to validate. */
const untouched: OuterProgress = { step: 0, skipped: 0, best: undefined, lookedAt: -1, looksSinceBest: 0, seconds: 0 };

/** Runs the outer loop from an initial summary, or goes on with it from the run's checkpoint. */
export async function distill(
  session: Session,
  model: TracedModel,
  initial: SyntheticData,
  teacher: Teacher | undefined,
): Promise<Distilled> {
  const { engine, experiment, directory, reporters, stream, train } = session;
  const { distillation } = experiment.config;
  if (distillation.outerSteps === 0) return { data: initial, progress: untouched };
  const { definition, options } = experiment.metaOptimizer;
  const saved = await directory.loadCheckpoint<DistillationState>('distillation');
  const metaOptimizer = await definition.create(options, {
    engine,
    model,
    optimizer: experiment.optimizers.distillation,
    data: initial,
    train,
    snapshots: teacher?.snapshots ?? [],
    stream: stream.child('distillation'),
  });
  const validation = await SummaryValidation.compile(session, model, initial, saved?.state.learningRate);
  reporters.emit('onPhase', 'distillation', { title: 'distilling', total: distillation.outerSteps });
  if (saved !== undefined) reporters.emit('onProgress', saved.state.progress.step, 'going on from the checkpoint');
  let score = '';
  const measure = (subject: string, step: number, values: Readonly<Record<string, number>>): void => {
    reporters.emit('onMeasurement', { phase: 'distillation', subject, step, values });
  };
  const checkpoint = async ({ progress, tensors }: OuterCheckpoint): Promise<void> => {
    await directory.saveCheckpoint('distillation', tensors, {
      progress,
      learningRate: validation.learningRate,
    } satisfies DistillationState);
    reporters.emit('onCheckpoint', directory.file('checkpoints/distillation.safetensors'));
  };
  try {
    const { best, progress } = await runOuterLoop({
      engine,
      initial,
      metaOptimizer,
      options: distillation,
      validate: (synthetic) => validation.validate(synthetic),
      onStep: ({ step, metaLoss, innerLoss, gradientNorm, skipped }) => {
        measure('outer loop', step, { metaLoss, innerLoss, gradientNorm });
        if (skipped) reporters.emit('onNote', `outer step ${step} was skipped: its meta-gradient is not finite`);
        reporters.emit('onProgress', step, `real-data loss ${short(metaLoss)}, meta-gradient norm ${short(gradientNorm)}${score}`);
      },
      onValidation: (step, value) => {
        measure('validation', step, { [experiment.selection.key]: Math.abs(value) });
        score = `, validation ${experiment.selection.key} ${short(Math.abs(value))}`;
      },
      onCheckpoint: checkpoint,
      ...(saved === undefined ? {} : { resumeFrom: { progress: saved.state.progress, tensors: saved.tensors } }),
      ...(session.signal === undefined ? {} : { signal: session.signal }),
    });
    return { data: best, progress };
  } finally {
    await validation.dispose();
    await metaOptimizer.dispose();
  }
}
