import { FarziError } from '../errors.js';
import { disposeAll, downloadScalar, type Engine, type EngineTensor } from '../engine/engine.js';
import { prefixed, restoreTensors, saveTensors, withPrefix } from '../engine/saved-tensors.js';
import { initialParameters } from '../model/layout.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import type { RateSchedule } from '../optimizer/schedule.js';
import type { RandomStream } from '../random/stream.js';
import type { SavedTensors } from '../storage/safetensors.js';
import { type LearnerState, startLearner, Trainer, weightsOf } from '../unroll/learner.js';
import { names } from '../unroll/programs.js';
import type { TrainingSource } from '../unroll/source.js';
import { isInterruption, throwIfAborted } from './interruption.js';
import { Selection, type SelectionProgress } from './selection.js';

/** How long and how fast to train. */
export interface TrainingBudget {
  readonly learningRate: number;
  readonly schedule: RateSchedule;
  readonly maxSteps: number;
  /** Steps between validations. */
  readonly evaluateEvery: number;
  /** Validations without improvement before training stops. */
  readonly patience: number;
}

/** Training one model from scratch. */
export interface TrainingRequest {
  readonly engine: Engine;
  readonly source: TrainingSource;
  readonly optimizer: Optimizer;
  readonly budget: TrainingBudget;
  /** Draws the initial weights and every batch. */
  readonly stream: RandomStream;
  /** Score of flat weights on validation, larger is better. Without it the last weights are kept. */
  validate?(weights: EngineTensor): Promise<number>;
  /**
   * Called after every step with the number of steps done and, where it was read, the loss; first of all for the losses
   * that were read before what is gone on with was saved.
   */
  onStep?(step: number, loss: number | undefined): void;
  /** Called with the weights at every validation, which are to be looked at until it is done; also where nothing is validated. */
  onWeights?(step: number, weights: EngineTensor): Promise<void>;
  /** Whether the weights at every validation are wanted, too. */
  readonly keepSnapshots?: boolean;
  /** Called when interrupted, at the end, and now and then at a validation. */
  onCheckpoint?(checkpoint: TrainingCheckpoint): Promise<void>;
  readonly resumeFrom?: TrainingCheckpoint;
  readonly signal?: AbortSignal;
}

/** A trained model: the weights that were best on validation, or the last ones where nothing was validated. */
export interface TrainedModel {
  /** Flat, the caller's. */
  readonly weights: EngineTensor;
  /** Steps after which these weights were reached. */
  readonly step: number;
  /** NaN without validation. */
  readonly score: number;
  /** Seconds spent on steps up to the last one, validation left out. */
  readonly seconds: number;
  readonly history: TrainingProgress['history'];
  readonly stopped: Stopped;
  /** Flat weights at every validation, if they were wanted. */
  readonly snapshots: readonly Float32Array[];
}

/** A loss that a training measured along its way. */
export interface LossAt {
  /** Steps that were done. */
  readonly step: number;
  readonly loss: number;
}

/** Why a training ended. */
export type Stopped = 'budget' | 'patience' | 'diverged';

/** Numbers of a training under way, kept in checkpoints. */
export interface TrainingProgress extends SelectionProgress {
  readonly step: number;
  /** Seconds of earlier sessions and this one, as in {@link TrainedModel}. */
  readonly seconds: number;
  readonly history: readonly (LossAt & { readonly score: number })[];
  /** Set once it has ended. */
  readonly stopped?: Stopped;
}

/** A training under way, as it is saved. */
export interface TrainingCheckpoint {
  readonly progress: TrainingProgress;
  readonly tensors: SavedTensors;
}

/** Names of a checkpoint's arrays. */
const [CURRENT, BEST, SNAPSHOT] = ['current.', 'best.', 'snapshot.'] as const;

/** What a crash may cost, about. */
const SECONDS_BETWEEN_CHECKPOINTS = 120;

/**
 * Trains a model from scratch and keeps the weights that were best on validation.
 *
 * @throws FARZI_NON_FINITE when loss or score are no longer finite before any validation that was, FARZI_INTERRUPTED
 *   when aborted
 */
export async function train(request: TrainingRequest): Promise<TrainedModel> {
  const trainer = await Trainer.compile(request.engine, request.source.problem, request.optimizer);
  try {
    return await new TrainingLoop(request, trainer).run();
  } finally {
    await trainer.dispose();
  }
}

class TrainingLoop {
  readonly #history: { step: number; loss: number; score: number }[] = [];
  readonly #snapshots: Float32Array[] = [];
  readonly #selection: Selection;
  /** The state that was best, if one is kept. */
  #best: LearnerState | undefined;
  #seconds = 0;
  #stopped: Stopped | undefined;
  #current: LearnerState;
  #checkpointed = performance.now();

  constructor(
    private readonly request: TrainingRequest,
    private readonly trainer: Trainer,
  ) {
    const { engine, source, optimizer, stream, resumeFrom, budget } = request;
    this.#selection = new Selection(budget.patience, false, resumeFrom?.progress);
    if (resumeFrom === undefined) {
      this.#current = startLearner(engine, optimizer, initialParameters(source.problem.layout, stream.child('weights')));
      return;
    }
    const { tensors, progress } = resumeFrom;
    const { step, best, seconds, history, stopped } = progress;
    const state = (prefix: string, at: number): LearnerState => ({
      tensors: restoreTensors(engine, withPrefix(prefix, tensors)),
      step: at,
    });
    this.#current = state(CURRENT, step);
    this.#best = best && state(BEST, best.step);
    this.#seconds = seconds;
    this.#history.push(...history);
    this.#stopped = stopped;
    const snapshots = withPrefix(SNAPSHOT, tensors);
    for (const { step: at } of history) {
      const values = snapshots[String(at)]?.values;
      if (values !== undefined) this.#snapshots.push(values as Float32Array);
    }
  }

  async run(): Promise<TrainedModel> {
    try {
      // whoever listens now may not have listened then
      for (const { step, loss } of this.#history) this.request.onStep?.(step, loss);
      if (this.#stopped === undefined) {
        this.#stopped = await this.#train();
        await this.#checkpoint();
      }
      return this.#result(this.#stopped);
    } catch (error) {
      if (isInterruption(error)) await this.#checkpoint();
      for (const state of new Set([this.#current, this.#best])) if (state !== undefined) disposeAll(state.tensors);
      throw error;
    }
  }

  async #train(): Promise<Stopped> {
    const { budget, signal } = this.request;
    const rate = budget.schedule(budget.learningRate, budget.maxSteps);
    while (this.#current.step < budget.maxSteps && !this.#selection.exhausted) {
      throwIfAborted(signal);
      const before = this.#current;
      const validating = (before.step + 1) % budget.evaluateEvery === 0 || before.step + 1 === budget.maxSteps;
      const { next, loss } = await this.#advance(before, rate(before.step), validating);
      this.#current = next;
      if (before !== this.#best) disposeAll(before.tensors);
      this.request.onStep?.(next.step, loss);
      if (loss === undefined) continue;
      if (!Number.isFinite(loss)) return this.#stop('diverged', `loss became ${loss}`);
      await this.#validate(next, loss);
    }
    const score = String(this.#history.at(-1)?.score);
    return this.#stop(this.#selection.exhausted ? 'patience' : 'budget', `validation score is ${score}`);
  }

  async #advance(state: LearnerState, rate: number, read: boolean): Promise<{ next: LearnerState; loss: number | undefined }> {
    const { source, stream, engine } = this.request;
    const batch = source.batch(stream.child('step', state.step));
    const started = performance.now();
    const { state: next, loss } = await this.trainer.advance(state, source.meta, batch, rate);
    const value = read ? await downloadScalar(engine, loss) : undefined;
    this.#seconds += (performance.now() - started) / 1000;
    loss.dispose();
    return { next, loss: value };
  }

  async #validate(state: LearnerState, loss: number): Promise<void> {
    const { engine, keepSnapshots, validate, onWeights } = this.request;
    const weights = weightsOf(state);
    await onWeights?.(state.step, weights);
    const score = await validate?.(weights);
    if (keepSnapshots === true) this.#snapshots.push(Float32Array.from(await engine.download(weights)));
    this.#history.push({ step: state.step, loss, score: score ?? Number.NaN });
    if (score !== undefined && this.#selection.offer(state.step, score)) {
      if (this.#best !== undefined) disposeAll(this.#best.tensors);
      this.#best = state;
    }
    if (performance.now() - this.#checkpointed > 1000 * SECONDS_BETWEEN_CHECKPOINTS) await this.#checkpoint();
  }

  /** @throws FARZI_NON_FINITE when there are no weights to give */
  #stop(stopped: Stopped, what: string): Stopped {
    if (this.#best !== undefined || (this.request.validate === undefined && stopped !== 'diverged')) return stopped;
    const { problem } = this.request.source;
    throw new FarziError('FARZI_NON_FINITE', `The ${what} after ${this.#current.step} steps of training on ${problem.name}.`, {
      hint: 'Lower the learning rate or raise epsilon.',
    });
  }

  async #checkpoint(): Promise<void> {
    const { engine, onCheckpoint } = this.request;
    if (onCheckpoint === undefined) return;
    const bestWeights = this.#best && { [names.weights]: weightsOf(this.#best) };
    const steps = this.#history.map(({ step }) => String(step));
    const snapshots = this.#snapshots.map((values, index) => [steps[index] as string, { shape: [values.length], values }] as const);
    // what has ended needs no more than what it gives
    const needed = this.#stopped === undefined || this.#best === undefined ? await saveTensors(engine, this.#current.tensors) : {};
    await onCheckpoint({
      progress: {
        ...this.#selection.progress,
        step: this.#current.step,
        seconds: this.#seconds,
        history: this.#history,
        ...(this.#stopped === undefined ? {} : { stopped: this.#stopped }),
      },
      tensors: {
        ...prefixed(CURRENT, needed),
        ...prefixed(BEST, await saveTensors(engine, bestWeights ?? {})),
        ...prefixed(SNAPSHOT, Object.fromEntries(snapshots)),
      },
    });
    this.#checkpointed = performance.now();
  }

  #result(stopped: Stopped): TrainedModel {
    const state = this.#best ?? this.#current;
    if (this.#current !== state) disposeAll(this.#current.tensors);
    const { [names.weights]: weights, ...slots } = state.tensors;
    disposeAll(slots);
    return {
      weights: weights as EngineTensor,
      step: state.step,
      score: this.#selection.progress.best?.score ?? Number.NaN,
      seconds: this.#seconds,
      history: this.#history,
      stopped,
      snapshots: this.#snapshots,
    };
  }
}
