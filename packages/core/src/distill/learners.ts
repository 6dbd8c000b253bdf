import { prefixed, restoreTensors, saveTensors, withPrefix } from '../engine/saved-tensors.js';
import { disposeAll, type Engine, type EngineTensors } from '../engine/engine.js';
import { FarziError } from '../errors.js';
import { initialParameters, type ParameterLayout } from '../model/layout.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import type { RandomStream } from '../random/stream.js';
import type { SavedTensors } from '../storage/safetensors.js';
import type { LearnerOptions } from './learner-options.js';
import { type LearnerState, startLearner } from '../unroll/learner.js';

/** Trains a learner on the synthetic data without differentiating; the given state is used up. */
export type TrainPlainly = (state: LearnerState, steps: number, stream: RandomStream, synthetic: EngineTensors) => Promise<LearnerState>;

/** What a supply of learners needs. */
export interface SupplyContext {
  readonly engine: Engine;
  readonly layout: ParameterLayout;
  readonly optimizer: Optimizer;
  readonly snapshots: readonly Float32Array[];
  readonly trainPlainly: TrainPlainly;
}

/** See {@link LearnerSupply.draw}. */
export function drawSlots({ start, poolSize }: Pick<LearnerOptions, 'start' | 'poolSize'>, count: number, stream: RandomStream): number[] {
  return start === 'pool' ? stream.distinct(poolSize, count) : Array.from({ length: count }, (_, slot) => slot);
}

/** Gives out learners and takes them back. Each has a slot of its own while it is out. */
export interface LearnerSupply {
  /**
   * Different slots for the learners of an outer step (all there are, if there are fewer), drawn before any of them is
   * taken: who gets which learner does not depend on who is first. The first slot is the same for every `count`.
   */
  draw(count: number, stream: RandomStream): number[];
  /** Takes the learner of a slot, or starts one there. */
  take(slot: number, stream: RandomStream, synthetic: EngineTensors): Promise<LearnerState>;
  /** Takes a learner back into its slot, or `undefined` for one that was lost. */
  giveBack(slot: number, learner: LearnerState | undefined): void;
  save(): Promise<SavedTensors>;
  restore(saved: SavedTensors): void;
  dispose(): void;
}

/** Refuses to start learners at snapshots where there are none. Throws FARZI_CONFIG_INVALID. */
export function requireSnapshots(count: number): void {
  if (count > 0) return;
  throw new FarziError(
    'FARZI_CONFIG_INVALID',
    'The option distillation.learner.start is snapshots, but no snapshots of training on the full data are kept.',
    { hint: 'Set teacher.snapshots to a positive number.' },
  );
}

/**
 * Learners for one use: at initial weights or at a snapshot, then up to `warmup` plain steps, the number drawn evenly.
 *
 * @throws FARZI_CONFIG_INVALID when they are to start at snapshots, and there are none
 */
export function singleUse(
  { engine, layout, optimizer, snapshots, trainPlainly }: SupplyContext,
  kind: 'fresh' | 'snapshots',
  warmup: number,
): LearnerSupply {
  if (kind === 'snapshots') requireSnapshots(snapshots.length);
  return {
    draw: (count, stream) => drawSlots({ start: kind, poolSize: 0 }, count, stream),
    take(_slot, stream, synthetic) {
      const weights =
        kind === 'fresh'
          ? initialParameters(layout, stream.child('weights'))
          : (snapshots[stream.integer(snapshots.length)] as Float32Array);
      const start = startLearner(engine, optimizer, weights);
      const steps = warmup > 0 ? stream.integer(warmup + 1) : 0;
      return trainPlainly(start, steps, stream.child('warmup'), synthetic);
    },
    giveBack: (_slot, learner) => {
      if (learner !== undefined) disposeAll(learner.tensors);
    },
    save: () => Promise.resolve({}),
    restore: () => undefined,
    dispose: () => undefined,
  };
}

/** What values of a slot's learner are called among those that are saved. */
export const slotName = (index: number, name: string): string => `learner.${index}.${name}`;

/**
 * Learners that carry on between outer steps, started at staggered ages and started anew when they have reached
 * `maxAge`.
 */
export class LearnerPool implements LearnerSupply {
  readonly #learners: (LearnerState | undefined)[];

  constructor(
    private readonly context: SupplyContext,
    size: number,
    private readonly maxAge: number,
  ) {
    this.#learners = new Array<LearnerState | undefined>(size).fill(undefined);
  }

  draw(count: number, stream: RandomStream): number[] {
    return drawSlots({ start: 'pool', poolSize: this.#learners.length }, count, stream);
  }

  async take(slot: number, stream: RandomStream, synthetic: EngineTensors): Promise<LearnerState> {
    const learner = this.#learners[slot];
    this.#learners[slot] = undefined;
    if (learner !== undefined && learner.step < this.maxAge) return learner;
    const { engine, optimizer, layout, trainPlainly } = this.context;
    const start = startLearner(engine, optimizer, initialParameters(layout, stream.child('weights')));
    if (learner !== undefined) {
      disposeAll(learner.tensors);
      return start;
    }
    // the pool's first learners start at different ages, so that it holds all ages from the beginning
    const age = Math.floor((slot * this.maxAge) / this.#learners.length);
    return trainPlainly(start, age, stream.child('warmup'), synthetic);
  }

  giveBack(slot: number, learner: LearnerState | undefined): void {
    this.#learners[slot] = learner;
  }

  async save(): Promise<SavedTensors> {
    const saved: Record<string, SavedTensors[string]> = {};
    for (const [index, learner] of this.#learners.entries()) {
      if (learner === undefined) continue;
      const step = { shape: [1], values: Int32Array.of(learner.step) };
      Object.assign(saved, prefixed(slotName(index, ''), { ...(await saveTensors(this.context.engine, learner.tensors)), step }));
    }
    return saved;
  }

  restore(saved: SavedTensors): void {
    this.dispose();
    this.#learners.forEach((_, index) => {
      const { step, ...tensors } = withPrefix(slotName(index, ''), saved);
      if (step === undefined) return;
      this.#learners[index] = { tensors: restoreTensors(this.context.engine, tensors), step: step.values[0] ?? 0 };
    });
  }

  dispose(): void {
    for (const learner of this.#learners) if (learner !== undefined) disposeAll(learner.tensors);
    this.#learners.fill(undefined);
  }
}
