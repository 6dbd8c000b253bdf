import { FarziError } from '../errors.js';
import { disposeAll, downloadScalar, type Engine, type EngineTensor } from '../engine/engine.js';
import { initialParameters } from '../model/layout.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import { schedule } from '../optimizer/schedule.js';
import type { RandomStream } from '../random/stream.js';
import { type LearnerState, startLearner, Trainer } from '../unroll/learner.js';
import { names } from '../unroll/programs.js';
import type { TrainingSource } from './source.js';

/** How long and how fast to train. */
export interface TrainingBudget {
  readonly learningRate: number;
  readonly schedule: 'constant' | 'cosine';
  readonly maxSteps: number;
  /** Steps between looks at validation. */
  readonly evaluateEvery: number;
  /** Looks without improvement before training stops. */
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
  /** Validation score of flat weights, larger is better. */
  validate(weights: EngineTensor): Promise<number>;
  /** Called after every step with the number of steps done and, where it was read, the loss. */
  onStep?(step: number, loss: number | undefined): void;
  /** Called with the weights at every look at validation, before they are disposed of. */
  onEvaluation?(weights: EngineTensor, step: number): Promise<void>;
  readonly signal?: AbortSignal;
}

/** A trained model: the weights that were best on validation. */
export interface TrainedModel {
  /** Flat, the caller's. */
  readonly weights: EngineTensor;
  /** Steps after which these weights were reached. */
  readonly step: number;
  readonly score: number;
  /** Seconds spent on steps up to the last one, validation left out. */
  readonly seconds: number;
  readonly history: readonly { readonly step: number; readonly loss: number; readonly score: number }[];
  readonly stopped: 'budget' | 'patience' | 'diverged';
}

/** Throws FARZI_INTERRUPTED once a signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new FarziError('FARZI_INTERRUPTED', 'interrupted', { hint: 'Run the same command with --resume to go on.' });
}

/**
 * Trains a model from scratch and keeps the weights that were best on validation.
 *
 * @throws FARZI_NON_FINITE when loss or score are no longer finite before any look at validation that was, FARZI_INTERRUPTED when aborted
 */
export async function train(request: TrainingRequest): Promise<TrainedModel> {
  const { engine, source, optimizer, stream } = request;
  const trainer = await Trainer.compile(engine, source.problem, optimizer);
  try {
    const start = startLearner(engine, optimizer, initialParameters(source.problem.layout, stream.child('weights')));
    return await new TrainingLoop(request, trainer, start).run();
  } finally {
    await trainer.dispose();
  }
}

class TrainingLoop {
  readonly #history: { step: number; loss: number; score: number }[] = [];
  #best: { state: LearnerState; score: number } | undefined;
  #looksSinceBest = 0;
  #seconds = 0;

  #current: LearnerState;

  constructor(
    private readonly request: TrainingRequest,
    private readonly trainer: Trainer,
    start: LearnerState,
  ) {
    this.#current = start;
  }

  async run(): Promise<TrainedModel> {
    try {
      return await this.#train();
    } catch (error) {
      for (const state of new Set([this.#current, this.#best?.state])) if (state !== undefined) disposeAll(state.tensors);
      throw error;
    }
  }

  async #train(): Promise<TrainedModel> {
    const { budget, signal } = this.request;
    const rate = schedule(budget.schedule, budget.learningRate, budget.maxSteps);
    while (this.#current.step < budget.maxSteps) {
      throwIfAborted(signal);
      const before = this.#current;
      const looking = (before.step + 1) % budget.evaluateEvery === 0 || before.step + 1 === budget.maxSteps;
      const { next, loss } = await this.#advance(before, rate(before.step), looking);
      this.#current = next;
      if (before !== this.#best?.state) disposeAll(before.tensors);
      this.request.onStep?.(next.step, loss);
      if (loss === undefined) continue;
      if (!Number.isFinite(loss)) return this.#finish('diverged', loss);
      await this.#look(next, loss);
      if (this.#looksSinceBest >= budget.patience) return this.#finish('patience', loss);
    }
    return this.#finish('budget', undefined);
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

  async #look(state: LearnerState, loss: number): Promise<void> {
    const weights = state.tensors[names.weights] as EngineTensor;
    const score = await this.request.validate(weights);
    await this.request.onEvaluation?.(weights, state.step);
    this.#history.push({ step: state.step, loss, score });
    this.#looksSinceBest += 1;
    // weights that have no finite score have diverged, and would win over all that follow
    if (Number.isFinite(score) && (this.#best === undefined || score > this.#best.score)) {
      if (this.#best !== undefined) disposeAll(this.#best.state.tensors);
      this.#best = { state, score };
      this.#looksSinceBest = 0;
    }
  }

  #finish(stopped: TrainedModel['stopped'], loss: number | undefined): TrainedModel {
    const best = this.#best;
    if (best === undefined) {
      const what =
        loss !== undefined && !Number.isFinite(loss) ? `loss became ${loss}` : `validation score is ${String(this.#history.at(-1)?.score)}`;
      const { problem } = this.request.source;
      throw new FarziError('FARZI_NON_FINITE', `the ${what} after ${this.#current.step} steps of training on ${problem.name}`, {
        hint: 'Lower the learning rate or raise epsilon.',
      });
    }
    if (this.#current !== best.state) disposeAll(this.#current.tensors);
    const { [names.weights]: weights, ...slots } = best.state.tensors;
    disposeAll(slots);
    return {
      weights: weights as EngineTensor,
      step: best.state.step,
      score: best.score,
      seconds: this.#seconds,
      history: this.#history,
      stopped,
    };
  }
}
