import { disposeAll, type Engine, type EngineTensors } from '../engine/engine.js';
import { FarziError, invariant } from '../errors.js';
import { ensembleOf, membersIn } from '../model/ensemble.js';
import { splitParameters } from '../model/layout.js';
import type { Model } from '../model/model.js';
import type { TracedModel } from '../model/traced-model.js';
import { Graph } from '../program/graph.js';
import { program } from '../program/program.js';
import type { TeacherFactors } from './factorisation.js';
import type { SequenceWindows } from './windows.js';

/** Sequences that a teacher reads at once. */
const BATCH = 50;

/** What was trained on the full data, from the side of whoever asks it what it expects. */
export interface TeacherView {
  /** Flat: of a learner, or of several whose logits are averaged, one after the other. */
  readonly weights: Float32Array;
  /**
   * Hidden states and output table: what the teacher says about windows of real sequences.
   *
   * @throws FARZI_CONFIG_INVALID when the model has no factors
   */
  factorsOf(windows: Pick<SequenceWindows, 'ids'>): Promise<TeacherFactors>;
}

/**
 * Refuses a model that {@link TeacherView.factorsOf} cannot ask.
 *
 * @param asker - who would ask it, as it goes on after `The`
 * @param instead - what to do without, as a hint begins
 * @throws FARZI_CONFIG_INVALID when the model has no factors
 */
export function requireFactors({ factors }: Model, asker: string, instead: string): void {
  if (factors !== undefined) return;
  throw new FarziError(
    'FARZI_CONFIG_INVALID',
    `The ${asker} asks a teacher, which needs a model with factors (hidden states and output table).`,
    { hint: `${instead}, or add factors to the model.` },
  );
}

/** The teacher of a context whose initialisation, arm or meta-optimizer needs one. */
export function requireTeacher<Teacher>(teacher: Teacher | undefined): Teacher {
  if (teacher === undefined) throw new TypeError('What needs a teacher was started without one.');
  return teacher;
}

/**
 * Asks a trained model, or several of one architecture whose logits are averaged, about windows of `length` tokens.
 *
 * @param weights - flat, of one model after the other
 */
export function teacherView(engine: Engine, model: TracedModel, weights: Float32Array, length: number): TeacherView {
  const taught = ensembleOf(model, membersIn(model, weights));
  return { weights, factorsOf: ({ ids }) => factorsOf(engine, taught, weights, ids, length) };
}

async function factorsOf(
  engine: Engine,
  model: TracedModel,
  weights: Float32Array,
  ids: Int32Array,
  length: number,
): Promise<TeacherFactors> {
  requireFactors(model.model, 'function TeacherView.factorsOf', 'Take another model');
  const graph = new Graph();
  const flat = graph.input('weights', [model.layout.size]);
  const tokens = graph.input('ids', [BATCH, length], 'int32');
  const { factors } = model.predictions(splitParameters(model.layout, flat), { kind: 'hard', ids: tokens });
  invariant(factors, 'A model with factors predicts without them.');
  const { hidden: states, table: items } = factors;
  const executable = await engine.compile(program('teacher factors', [flat, tokens], { states, items }));
  const width = states.shape[1] as number;
  const sequences = ids.length / length;
  const hidden = new Float32Array(sequences * length * width);
  const uploaded = engine.upload(weights, [weights.length]);
  let table = new Float32Array();
  for (let from = 0; from < sequences; from += BATCH) {
    const batch = new Int32Array(BATCH * length);
    batch.set(ids.subarray(from * length, (from + BATCH) * length));
    const inputs: EngineTensors = { ids: engine.upload(batch, [BATCH, length]) };
    const outputs = await executable.run({ ...inputs, weights: uploaded });
    const values = (await engine.download(outputs.states)) as Float32Array;
    hidden.set(values.subarray(0, Math.min(BATCH, sequences - from) * length * width), from * length * width);
    table = Float32Array.from(await engine.download(outputs.items));
    disposeAll(inputs);
    disposeAll(outputs);
  }
  uploaded.dispose();
  await executable.dispose();
  return { hidden, table, width };
}
