import {
  type Batch,
  disposeAll,
  downloadScalar,
  type Engine,
  type EngineTensors,
  type LearnerState,
  type MetaGradient,
  realOuterProblem,
  startLearner,
  trajectoryLookup,
  Unroll,
} from '@farzi/core';
import type { Workload } from './workload.js';

/** Inner learning rate of all benchmarks. */
export const LEARNING_RATE = 0.01;

/**
 * A workload compiled for an engine: its plain training and its meta-gradient, from the same start and on the same
 * batches every time.
 */
export class UnrolledWorkload {
  readonly #weights: Float32Array;
  readonly #batches: readonly Batch[];
  readonly #meta: EngineTensors;

  private constructor(
    private readonly workload: Workload,
    private readonly steps: number,
    private readonly unroll: Unroll,
  ) {
    this.#weights = workload.weights();
    this.#batches = Array.from({ length: steps }, (_, index) => workload.batchAt(index));
    this.#meta = workload.upload(unroll.trainer.engine);
  }

  static async compile(engine: Engine, workload: Workload, steps: number, trajectoryId: string): Promise<UnrolledWorkload> {
    const { problem, optimizer, model, shape } = workload;
    const trajectory = trajectoryLookup()(trajectoryId);
    const unroll = await Unroll.compile(engine, problem, realOuterProblem(model, shape), optimizer, { trajectory, adjoint: 'exact' });
    return new UnrolledWorkload(workload, steps, unroll);
  }

  #start(): LearnerState {
    return startLearner(this.unroll.trainer.engine, this.workload.optimizer, this.#weights);
  }

  /** All steps without the way back; the loss before the last of them. */
  async plainTraining(): Promise<number> {
    const { trainer } = this.unroll;
    let state = this.#start();
    let lastLoss = Number.NaN;
    for (const [index, batch] of this.#batches.entries()) {
      const { state: next, loss } = await trainer.advance(state, this.#meta, batch, LEARNING_RATE);
      disposeAll(state.tensors);
      if (index === this.steps - 1) lastLoss = await downloadScalar(trainer.engine, loss);
      loss.dispose();
      state = next;
    }
    disposeAll(state.tensors);
    return lastLoss;
  }

  /**
   * Runs all steps and the way back. What `read` does with the result ends with the call: its values are disposed of.
   */
  async metaGradient<T>(read: (result: MetaGradient) => Promise<T>): Promise<T> {
    const start = this.#start();
    const result = await this.unroll.metaGradient({
      start,
      steps: this.steps,
      learningRate: LEARNING_RATE,
      meta: this.#meta,
      batch: (index) => this.#batches[index] as Batch,
      outerBatch: this.workload.realBatch(),
    });
    const answer = await read(result);
    disposeAll({ ...start.tensors });
    disposeAll(result.meta);
    disposeAll(result.final.tensors);
    result.initialWeights.dispose();
    return answer;
  }
}
