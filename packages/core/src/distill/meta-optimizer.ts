import type { Engine, EngineTensors } from '../engine/engine.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import type { RandomStream } from '../random/stream.js';
import type { SavedTensors } from '../storage/safetensors.js';
import type { SyntheticData } from '../synthetic/synthetic.js';
import type { TracedModel } from '../model/traced-model.js';

/** What a meta-optimizer works with. */
export interface DistillationContext {
  readonly engine: Engine;
  /** The learner. */
  readonly model: TracedModel;
  /** What the learner is trained with. */
  readonly optimizer: Optimizer;
  /** The summary's sizes and fixed parts; its latents and decoder are where it starts. */
  readonly data: SyntheticData;
  /** Real training sequences. */
  readonly train: readonly Int32Array[];
  /** Flat weights along trainings on the full data, where the experiment has made some. */
  readonly snapshots: readonly Float32Array[];
  readonly stream: RandomStream;
}

/** How the loss on real data depends on the summary, as far as one outer step looked. */
export interface MetaEstimate {
  /** Loss on real data after training on the summary, averaged over trajectories. */
  readonly metaLoss: number;
  /** Last loss on the summary itself. */
  readonly innerLoss: number;
  /** With respect to `latents` and `decoder`; the caller's. */
  readonly gradient: EngineTensors;
}

/** Estimates derivatives of the loss on real data with respect to a summary. The outer loop turns them into steps. */
export interface MetaOptimizer {
  /**
   * @param outerStep - from 0; with the context's stream it settles every draw
   * @param synthetic - `latents` and `decoder` as they stand; they stay the caller's
   */
  estimate(outerStep: number, synthetic: EngineTensors): Promise<MetaEstimate>;
  /** What it must remember to go on after an interruption. */
  save(): Promise<SavedTensors>;
  restore(saved: SavedTensors): void;
  dispose(): Promise<void>;
}
