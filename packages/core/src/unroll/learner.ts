import { disposeAll, type Engine, type EngineTensor, type EngineTensors, type Executable, type HostValues } from '../engine/engine.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import type { InnerProblem } from './problem.js';
import { names, stepProgram } from './programs.js';

/** A learner in the middle of its training: flat weights and optimizer slots, and the number of steps behind it. */
export interface LearnerState {
  readonly tensors: EngineTensors;
  readonly step: number;
}

/** Flat weights of a learner, `[P]`; they stay part of its state. */
export const weightsOf = ({ tensors }: Pick<LearnerState, 'tensors'>): EngineTensor => tensors[names.weights] as EngineTensor;

/** Host values of one step's batch, by name. */
export type Batch = Readonly<Record<string, HostValues>>;

/** Gives a learner a fresh state with the given weights. */
export function startLearner(engine: Engine, optimizer: Optimizer, weights: Float32Array): LearnerState {
  const zeros = (): EngineTensor => engine.upload(new Float32Array(weights.length), [weights.length]);
  return {
    tensors: {
      [names.weights]: engine.upload(weights, [weights.length]),
      ...Object.fromEntries(optimizer.slots.map((slot) => [names.slot(slot), zeros()])),
    },
    step: 0,
  };
}

/** Frees tensors when some work that needs them has ended, also when it has failed. */
export async function releasing<T>(tensors: EngineTensors, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    disposeAll(tensors);
  }
}

/**
 * Uploads a batch, in the shapes that a problem declares, and scalars; where one of them cannot be uploaded, those
 * before it are freed.
 */
export function uploadInputs(
  engine: Engine,
  specs: InnerProblem['batch'],
  batch: Batch,
  scalars: Readonly<Record<string, number>>,
): EngineTensors {
  const tensors: Record<string, EngineTensor> = {};
  try {
    for (const [key, { shape }] of Object.entries(specs)) tensors[names.batch(key)] = engine.upload(batch[key] as HostValues, shape);
    for (const [name, value] of Object.entries(scalars)) tensors[name] = engine.upload(Float32Array.of(value), []);
  } catch (error) {
    disposeAll(tensors);
    throw error;
  }
  return tensors;
}

/** The scalars of the step that follows `step` steps. */
export function stepScalars(optimizer: Optimizer, step: number, learningRate: number): Record<string, number> {
  const schedule = Object.entries(optimizer.schedule(step + 1)).map(([key, value]) => [names.schedule(key), value] as const);
  return { [names.learningRate]: learningRate, ...Object.fromEntries(schedule) };
}

/** Meta values under the names that programs give them. */
export function metaInputs(meta: EngineTensors): EngineTensors {
  return Object.fromEntries(Object.entries(meta).map(([key, tensor]) => [names.meta(key), tensor]));
}

/** Trains a learner step by step: the compiled forward half of an unroll, and all of plain training. */
export class Trainer {
  readonly #step: Executable;

  private constructor(
    readonly engine: Engine,
    readonly problem: InnerProblem,
    readonly optimizer: Optimizer,
    step: Executable,
  ) {
    this.#step = step;
  }

  static async compile(engine: Engine, problem: InnerProblem, optimizer: Optimizer): Promise<Trainer> {
    return new Trainer(engine, problem, optimizer, await engine.compile(stepProgram(problem, optimizer)));
  }

  /**
   * One step. The given state stays the caller's; the new state and the loss (before the step, `[]`) are the caller's,
   * too.
   */
  async advance(
    state: LearnerState,
    meta: EngineTensors,
    batch: Batch,
    learningRate: number,
  ): Promise<{ state: LearnerState; loss: EngineTensor }> {
    const { engine, problem, optimizer } = this;
    const given = uploadInputs(engine, problem.batch, batch, stepScalars(optimizer, state.step, learningRate));
    const run = (): Promise<Record<string, EngineTensor>> => this.#step.run({ ...state.tensors, ...metaInputs(meta), ...given });
    const { loss, ...tensors } = await releasing(given, run);
    return { state: { tensors, step: state.step + 1 }, loss: loss as EngineTensor };
  }

  dispose(): Promise<void> {
    return this.#step.dispose();
  }
}
