import { disposeAll, type Engine, type EngineTensor, type EngineTensors } from '../engine/engine.js';
import { prefixed, restoreTensors, saveTensors, withPrefix } from '../engine/saved-tensors.js';
import type { SavedTensor, SavedTensors } from '../storage/safetensors.js';
import { syntheticSpecs, uploadSynthetic } from '../synthetic/source.js';
import type { SyntheticData, TrainingRecipe } from '../synthetic/synthetic.js';
import { isInterruption, throwIfAborted } from '../training/interruption.js';
import { Selection, type SelectionProgress } from '../training/selection.js';
import { largestNorm, remembered } from './clipping.js';
import type { MetaEstimate, MetaOptimizer } from './meta-optimizer.js';
import type { DistillationOptions } from './options.js';
import { OuterUpdate } from './outer-update.js';

/** What the outer loop reads of a distillation's options. */
export type OuterLoopOptions = Omit<DistillationOptions, 'metaOptimizer' | 'learner' | 'starts' | 'validationStudents' | 'ratePenalty'>;

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

/** What students trained on synthetic data say about them. */
export interface SyntheticScore {
  /** Larger is better; -Infinity where every student diverged. */
  readonly score: number;
  /** How the students were trained best, where one did not diverge. */
  readonly recipe: TrainingRecipe | undefined;
}

/** Numbers of a distillation under way, kept in checkpoints. */
export interface OuterProgress extends SelectionProgress {
  readonly step: number;
  readonly skipped: number;
  /** Step of the last validation, -1 before the first. */
  readonly validatedAt: number;
  /** How students were trained on the best synthetic data. */
  readonly recipe?: TrainingRecipe;
  /** Seconds of earlier sessions and this one. */
  readonly seconds: number;
  /** Of the last meta-gradients, before clipping. */
  readonly norms?: readonly number[];
}

/** A distillation under way, as it is saved. */
export interface OuterCheckpoint {
  readonly progress: OuterProgress;
  readonly tensors: SavedTensors;
}

export interface OuterLoopRequest {
  readonly engine: Engine;
  readonly initial: SyntheticData;
  /** Synthetic data as they come back from storage; without it they come back as they are. */
  readonly asStored?: ((data: SyntheticData) => SyntheticData) | undefined;
  /** Gradient of what is added to the loss for synthetic data themselves. */
  readonly penalty?: ((data: SyntheticData) => Pick<SyntheticData, 'latents' | 'decoder'>) | undefined;
  readonly metaOptimizer: MetaOptimizer;
  readonly options: OuterLoopOptions;
  validate(synthetic: EngineTensors): Promise<SyntheticScore>;
  onStep?(report: OuterStepReport): void;
  onValidation?(step: number, score: number): void;
  /** Called after every validation and when interrupted. */
  onCheckpoint?(checkpoint: OuterCheckpoint): Promise<void>;
  readonly resumeFrom?: OuterCheckpoint;
  readonly signal?: AbortSignal;
}

export interface OuterLoopResult {
  /** The synthetic data that were best on validation. */
  readonly best: SyntheticData;
  readonly progress: OuterProgress;
}

const BEST = 'best.';
const META_OPTIMIZER = 'metaOptimizer.';

/** Where every distillation starts. */
export const noProgress: OuterProgress = { step: 0, skipped: 0, best: undefined, validationsSinceBest: 0, validatedAt: -1, seconds: 0 };

/** Improves synthetic data by meta-gradients and keeps those that were best on validation. */
export async function runOuterLoop(request: OuterLoopRequest): Promise<OuterLoopResult> {
  const { initial, options, engine } = request;
  const update = await OuterUpdate.compile(
    engine,
    syntheticSpecs(initial),
    options.outerOptimizer,
    request.penalty !== undefined,
    options.averaging,
  );
  try {
    return await new OuterLoop(request, update).run();
  } finally {
    await update.dispose();
  }
}

class OuterLoop {
  readonly #selection: Selection;
  readonly #started = performance.now();
  readonly #earlierSeconds: number;
  #state: EngineTensors;
  #best: Readonly<Record<string, SavedTensor>>;
  #progress: OuterProgress;

  constructor(
    private readonly request: OuterLoopRequest,
    private readonly update: OuterUpdate,
  ) {
    const { engine, initial, resumeFrom, metaOptimizer, options } = request;
    this.#progress = resumeFrom?.progress ?? noProgress;
    this.#earlierSeconds = this.#progress.seconds;
    // a start without a finite score is better than nothing
    this.#selection = new Selection(options.patience, true, this.#progress);
    if (resumeFrom === undefined) {
      this.#state = update.begin({ latents: initial.latents, decoder: initial.decoder });
      this.#best = {};
      return;
    }
    const { tensors } = resumeFrom;
    const own = Object.entries(tensors).filter(([name]) => !name.startsWith(BEST) && !name.startsWith(META_OPTIMIZER));
    this.#state = restoreTensors(engine, Object.fromEntries(own));
    this.#best = withPrefix(BEST, tensors);
    metaOptimizer.restore(withPrefix(META_OPTIMIZER, tensors));
  }

  async run(): Promise<OuterLoopResult> {
    try {
      await this.#loop();
    } catch (error) {
      if (isInterruption(error)) await this.#checkpoint();
      throw error;
    } finally {
      disposeAll(this.#state);
    }
    return { best: this.#dataOf(this.#best), progress: this.#progress };
  }

  async #loop(): Promise<void> {
    const { outerSteps, validateEvery } = this.request.options;
    for (;;) {
      throwIfAborted(this.request.signal);
      const { step, validatedAt } = this.#progress;
      if ((step % validateEvery === 0 || step === outerSteps) && validatedAt !== step) await this.#validate();
      if (step >= outerSteps || this.#selection.exhausted) return;
      await this.#step();
    }
  }

  #dataOf({ latents, decoder }: SavedTensors): SyntheticData {
    return { ...this.request.initial, latents: latents?.values as Float32Array, decoder: decoder?.values as Float32Array };
  }

  /** Does something with synthetic data as they come back from storage. */
  async #withStored<T>(synthetic: EngineTensors, use: (stored: EngineTensors) => Promise<T>): Promise<T> {
    const { engine, asStored } = this.request;
    if (asStored === undefined) return use(synthetic);
    const stored = uploadSynthetic(engine, asStored(this.#dataOf(await saveTensors(engine, synthetic))));
    try {
      return await use(stored);
    } finally {
      disposeAll(stored);
    }
  }

  #synthetic(): EngineTensors {
    return { latents: this.#state['latents'] as EngineTensor, decoder: this.#state['decoder'] as EngineTensor };
  }

  /** What is validated and kept. */
  #averages(): EngineTensors {
    return { latents: this.update.averageOf(this.#state, 'latents'), decoder: this.update.averageOf(this.#state, 'decoder') };
  }

  async #step(): Promise<void> {
    const { options, metaOptimizer } = this.request;
    const { step, skipped, norms = [] } = this.#progress;
    const estimate = (synthetic: EngineTensors): Promise<MetaEstimate> => metaOptimizer.estimate(step, synthetic);
    // straight through: the gradient at the stored values moves the exact ones
    const { gradient, metaLoss, innerLoss } = await (options.quantisationAware
      ? this.#withStored(this.#synthetic(), estimate)
      : estimate(this.#synthetic()));
    const gradientNorm = await this.update.norm(gradient);
    const finite = Number.isFinite(gradientNorm) && Number.isFinite(metaLoss);
    if (finite) {
      const rate = (base: number): number => options.schedule(base, options.outerSteps)(step);
      const rates = { latents: rate(options.latentsLearningRate), decoder: rate(options.decoderLearningRate) };
      const factor = Math.min(1, largestNorm(options, norms) / Math.max(gradientNorm, Number.MIN_VALUE));
      const penalty = await this.#penalty();
      const next = await this.update.apply(this.#state, gradient, factor, step + 1 - skipped, rates, penalty);
      disposeAll(penalty);
      disposeAll(this.#state);
      this.#state = next;
    }
    disposeAll(gradient);
    this.#progress = {
      ...this.#progress,
      ...{ step: step + 1, skipped: skipped + (finite ? 0 : 1), seconds: this.#seconds() },
      norms: finite ? remembered(norms, gradientNorm) : norms,
    };
    this.request.onStep?.({ step: step + 1, metaLoss, innerLoss, gradientNorm, skipped: !finite });
  }

  async #penalty(): Promise<EngineTensors> {
    const { engine, penalty } = this.request;
    if (penalty === undefined) return {};
    const data = this.#dataOf(await saveTensors(engine, this.#synthetic()));
    return uploadSynthetic(engine, { ...data, ...penalty(data) });
  }

  #seconds(): number {
    return this.#earlierSeconds + (performance.now() - this.#started) / 1000;
  }

  /** Trains students on the synthetic data as they stand, and keeps a copy if they are the best so far. */
  async #validate(): Promise<void> {
    const { step } = this.#progress;
    const { score, recipe } = await this.#withStored(this.#averages(), (synthetic) => this.request.validate(synthetic));
    const improves = this.#selection.offer(step, score);
    if (improves) this.#best = await saveTensors(this.request.engine, this.#averages());
    const { recipe: known, ...progress } = this.#progress;
    const kept = improves ? recipe : known;
    this.#progress = {
      ...progress,
      ...this.#selection.progress,
      ...(kept === undefined ? {} : { recipe: kept }),
      validatedAt: step,
      seconds: this.#seconds(),
    };
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
