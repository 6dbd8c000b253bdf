import type { EngineTensors } from '../engine/engine.js';
import type { RandomStream } from '../random/stream.js';
import type { Batch } from './learner.js';
import type { InnerProblem } from './problem.js';

/** Something a learner can be trained on: a loss, the values it holds, and a way to draw batches. */
export interface TrainingSource {
  readonly problem: InnerProblem;
  /** Values of `problem.meta` (latents and decoder), none for real data. They stay the source's. */
  readonly meta: EngineTensors;
  /** One step's batch; the same stream gives the same batch. */
  batch(stream: RandomStream): Batch;
}
