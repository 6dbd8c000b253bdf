import { disposeAll, type Engine, type EngineTensor, type EngineTensors } from '../engine/engine.js';
import { isFarziError } from '../errors.js';
import { prefixed, restoreTensors, saveTensors, withPrefix } from '../engine/saved-tensors.js';
import { schedule } from '../optimizer/schedule.js';
import type { SavedTensor, SavedTensors } from '../storage/safetensors.js';
import { uploadSynthetic } from '../synthetic/source.js';
import { latentPositions, type SyntheticData } from '../synthetic/synthetic.js';
import { throwIfAborted } from '../training/train.js';
import type { MetaOptimizer } from './meta-optimizer.js';
import { OuterUpdate, type OuterUpdateOptions } from './outer-update.js';

/** How a summary is moved and when it is looked at. */
export interface OuterLoopOptions extends OuterUpdateOptions {
  readonly outerSteps: number;
  readonly latentsLearningRate: number;
  readonly decoderLearningRate: number;
  readonly schedule: 'constant' | 'cosine';
  readonly validateEvery: number;
  readonly patience: number;
}

/** What one outer step gave. */
export interface OuterStepReport {
  /** Outer steps done, from 1. */
  readonly step: number;
  readonly metaLoss: number;
  readonly innerLoss: number;
  /** Norm of the meta-gradient before clipping. */
  readonly gradientNorm: number;
  /** True when the loss or gradient was not finite and the step was left out. */
  readonly skipped: boolean;
}

/** Numbers of a distillation under way, kept in checkpoints. */
export interface OuterProgress {
  readonly step: number;
  readonly skipped: number;
  readonly best: { readonly step: number; readonly score: number } | undefined;
  /** Step of the last look at validation, -1 before the first. */
  readonly lookedAt: number;
  readonly looksSinceBest: number;
  /** Seconds of earlier sessions and this one. */
  readonly seconds: number;
}

/** A distillation under way, as it is saved. */
export interface OuterCheckpoint {
  readonly progress: OuterProgress;
  readonly tensors: SavedTensors;
}

export interface OuterLoopRequest {
  readonly engine: Engine;
  readonly initial: SyntheticData;
  readonly metaOptimizer: MetaOptimizer;
  readonly options: OuterLoopOptions;
  /** Score of a summary on validation, larger is better. */
  validate(synthetic: EngineTensors): Promise<number>;
  onStep?(report: OuterStepReport): void;
  onValidation?(step: number, score: number): void;
  /** Called after every look at validation and when interrupted. */
  onCheckpoint?(checkpoint: OuterCheckpoint): Promise<void>;
  readonly resumeFrom?: OuterCheckpoint;
  readonly signal?: AbortSignal;
}

export interface OuterLoopResult {
  /** The summary that was best on validation. */
  readonly best: SyntheticData;
  readonly progress: OuterProgress;
}

const BEST = 'best.';
const META_OPTIMIZER = 'metaOptimizer.';

/** Improves a summary by meta-gradients and keeps the one that was best on validation. */
export async function runOuterLoop(request: OuterLoopRequest): Promise<OuterLoopResult> {
  const { initial, options, engine } = request;
  const specs = {
    latents: { shape: [initial.sequences, latentPositions(initial), initial.rank] },
    decoder: { shape: [initial.rank, initial.vocabularySize] },
  };
  const update = await OuterUpdate.compile(engine, specs, options);
  try {
    return await new OuterLoop(request, update).run();
  } finally {
    await update.dispose();
  }
}

class OuterLoop {
  #state: EngineTensors;
  #best: Readonly<Record<string, SavedTensor>>;
  #progress: OuterProgress = { step: 0, skipped: 0, best: undefined, lookedAt: -1, looksSinceBest: 0, seconds: 0 };
  readonly #started = performance.now();
  readonly #earlierSeconds: number;

  constructor(
    private readonly request: OuterLoopRequest,
    private readonly update: OuterUpdate,
  ) {
    const { engine, initial, resumeFrom, metaOptimizer } = request;
    if (resumeFrom === undefined) {
      const values = uploadSynthetic(engine, initial);
      const zeros = Object.entries(values).flatMap(([key, { shape }]) =>
        OuterUpdate.slots(key).map((slot) => [slot, engine.upload(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape)] as const),
      );
      this.#state = { ...values, ...Object.fromEntries(zeros) };
      this.#best = {};
      this.#earlierSeconds = 0;
      return;
    }
    const { tensors, progress } = resumeFrom;
    const own = Object.entries(tensors).filter(([name]) => !name.startsWith(BEST) && !name.startsWith(META_OPTIMIZER));
    this.#state = restoreTensors(engine, Object.fromEntries(own));
    this.#best = withPrefix(BEST, tensors);
    this.#progress = progress;
    this.#earlierSeconds = progress.seconds;
    metaOptimizer.restore(withPrefix(META_OPTIMIZER, tensors));
  }

  async run(): Promise<OuterLoopResult> {
    try {
      await this.#loop();
    } catch (error) {
      if (isFarziError(error) && error.code === 'FARZI_INTERRUPTED') await this.#checkpoint();
      throw error;
    }
    disposeAll(this.#state);
    const { latents, decoder } = this.#best;
    const best = { ...this.request.initial, latents: latents?.values as Float32Array, decoder: decoder?.values as Float32Array };
    return { best, progress: this.#progress };
  }

  async #loop(): Promise<void> {
    const { outerSteps, validateEvery, patience } = this.request.options;
    for (;;) {
      throwIfAborted(this.request.signal);
      const { step, lookedAt } = this.#progress;
      if ((step % validateEvery === 0 || step === outerSteps) && lookedAt !== step) await this.#look();
      if (step >= outerSteps || this.#progress.looksSinceBest >= patience) return;
      await this.#step();
    }
  }

  #synthetic(): EngineTensors {
    return { latents: this.#state['latents'] as EngineTensor, decoder: this.#state['decoder'] as EngineTensor };
  }

  async #step(): Promise<void> {
    const { options, metaOptimizer } = this.request;
    const { step, skipped } = this.#progress;
    const { gradient, metaLoss, innerLoss } = await metaOptimizer.estimate(step, this.#synthetic());
    const gradientNorm = await this.update.norm(gradient);
    const finite = Number.isFinite(gradientNorm) && Number.isFinite(metaLoss);
    if (finite) {
      const rate = (base: number): number => schedule(options.schedule, base, options.outerSteps)(step);
      const rates = { latents: rate(options.latentsLearningRate), decoder: rate(options.decoderLearningRate) };
      const next = await this.update.apply(this.#state, gradient, gradientNorm, step + 1 - skipped, rates);
      disposeAll(this.#state);
      this.#state = next;
    }
    disposeAll(gradient);
    this.#progress = { ...this.#progress, step: step + 1, skipped: skipped + (finite ? 0 : 1), seconds: this.#seconds() };
    this.request.onStep?.({ step: step + 1, metaLoss, innerLoss, gradientNorm, skipped: !finite });
  }

  #seconds(): number {
    return this.#earlierSeconds + (performance.now() - this.#started) / 1000;
  }

  /** Trains students on the summary as it stands, and keeps a copy if it is the best so far. */
  async #look(): Promise<void> {
    const { step, best, looksSinceBest } = this.#progress;
    const score = await this.request.validate(this.#synthetic());
    // a start without a finite score is better than nothing, and worse than any that has one
    if (best === undefined || score > best.score || (Number.isFinite(score) && !Number.isFinite(best.score))) {
      this.#best = await saveTensors(this.request.engine, this.#synthetic());
      this.#progress = { ...this.#progress, best: { step, score }, lookedAt: step, looksSinceBest: 0, seconds: this.#seconds() };
    } else {
      this.#progress = { ...this.#progress, lookedAt: step, looksSinceBest: looksSinceBest + 1, seconds: this.#seconds() };
    }
    this.request.onValidation?.(step, score);
    await this.#checkpoint();
  }

  async #checkpoint(): Promise<void> {
    const { onCheckpoint, metaOptimizer } = this.request;
    if (onCheckpoint === undefined) return;
    const tensors = {
      ...(await saveTensors(this.request.engine, this.#state)),
      ...prefixed(BEST, this.#best),
      ...prefixed(META_OPTIMIZER, await metaOptimizer.save()),
    };
    await onCheckpoint({ progress: this.#progress, tensors });
  }
}
