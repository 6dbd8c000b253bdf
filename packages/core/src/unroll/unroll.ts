import { FarziError } from '../errors.js';
import { disposeAll, downloadScalar, type Engine, type EngineTensor, type EngineTensors, type Executable } from '../engine/engine.js';
import type { AdjointVariant, Optimizer } from '../optimizer/optimizer.js';
import { sizeOf } from '../program/node.js';
import { type Batch, type LearnerState, metaInputs, Trainer, uploadBatch, uploadScalars } from './learner.js';
import type { InnerProblem, OuterProblem } from './problem.js';
import { names, outerProgram, reverseProgram, undoProgram } from './programs.js';
import { StateStack } from './state-stack.js';
import { trajectories, type TrajectoryKind } from './trajectory.js';

/** How to differentiate through training. */
export interface UnrollOptions {
  readonly trajectory: TrajectoryKind;
  /** Bytes that kept states may take in memory before they go to disk (no limit by default). */
  readonly memoryBudget?: number;
  readonly adjoint: AdjointVariant;
}

/** One differentiated stretch of training. */
export interface UnrollRequest {
  /** Where the stretch starts; stays the caller's. */
  readonly start: LearnerState;
  readonly steps: number;
  readonly learningRate: number;
  readonly meta: EngineTensors;
  /** The batch of step `index` (from 0): asked again on the way back, so it must answer the same. */
  batch(index: number): Batch;
  readonly outerBatch: Batch;
  /** Weight of this trajectory's loss (1 by default): averages are sums of weighted trajectories. */
  readonly scale?: number;
  /** Meta-gradients of other trajectories, to be added to; they are used up. */
  readonly accumulate?: EngineTensors;
}

/** What differentiating through a stretch of training gives. All tensors are the caller's. */
export interface MetaGradient {
  readonly metaLoss: number;
  /** Loss before each step. */
  readonly innerLosses: readonly number[];
  /** The learner after the stretch. */
  readonly final: LearnerState;
  /** By the names of the meta values. */
  readonly meta: EngineTensors;
  readonly learningRate: number;
  /** With respect to the weights at the start, flat. */
  readonly initialWeights: EngineTensor;
}

/** Training as a differentiable function: T steps forward, T reverse steps with one Hessian-vector product each. Activations never outlive a step. */
export class Unroll {
  private constructor(
    readonly trainer: Trainer,
    private readonly outer: OuterProblem,
    private readonly options: UnrollOptions,
    private readonly executables: { readonly reverse: Executable; readonly outer: Executable; readonly undo: Executable | undefined },
  ) {}

  static async compile(
    engine: Engine,
    problem: InnerProblem,
    outer: OuterProblem,
    optimizer: Optimizer,
    options: UnrollOptions,
  ): Promise<Unroll> {
    const trainer = await Trainer.compile(engine, problem, optimizer);
    return new Unroll(trainer, outer, options, {
      reverse: await engine.compile(reverseProgram(problem, optimizer, options.adjoint)),
      outer: await engine.compile(outerProgram(problem, outer)),
      undo: options.trajectory === 'reversible' ? await engine.compile(undoProgram(problem, optimizer)) : undefined,
    });
  }

  /**
   * The loss on real data after `steps` of training, and its derivative with respect to what the training used.
   *
   * @throws FARZI_NON_FINITE when the `reversible` trajectory has lost the states; FARZI_SCRATCH_FILE when states beyond the budget cannot be kept on disk
   */
  async metaGradient(request: UnrollRequest): Promise<MetaGradient> {
    const stack = new StateStack(this.trainer.engine, this.options.memoryBudget ?? Infinity);
    try {
      return await this.#metaGradient(request, stack);
    } finally {
      await stack.close();
    }
  }

  async #metaGradient(request: UnrollRequest, stack: StateStack): Promise<MetaGradient> {
    const { engine } = this.trainer;
    const losses: EngineTensor[] = [];
    const trajectory = await trajectories[this.options.trajectory]({
      stack,
      start: request.start,
      steps: request.steps,
      advance: async (state, index) => {
        const { state: next, loss } = await this.trainer.advance(state, request.meta, request.batch(index), request.learningRate);
        if (index === losses.length) losses.push(loss);
        else loss.dispose();
        return next;
      },
      undo: (state, index) => this.#undo(state, index, request),
    });
    const innerLosses: number[] = [];
    for (const loss of losses) innerLosses.push(await downloadScalar(engine, loss));
    for (const loss of losses) loss.dispose();

    const scale = engine.upload(Float32Array.of(request.scale ?? 1), []);
    const outerInputs = uploadBatch(engine, this.outer.batch, request.outerBatch);
    const { loss, gradient } = await this.executables.outer.run({
      [names.weights]: trajectory.final.tensors[names.weights] as EngineTensor,
      ...outerInputs,
      scale,
    });
    disposeAll(outerInputs);
    scale.dispose();
    const metaLoss = await downloadScalar(engine, loss as EngineTensor);
    loss?.dispose();

    let cotangents = this.#startCotangents(gradient as EngineTensor, request.accumulate);
    await trajectory.backward(async (before, after, index) => {
      const next = await this.#reverse(before, after, index, cotangents, request);
      disposeAll(cotangents);
      cotangents = next;
    });
    return { metaLoss, innerLosses, final: trajectory.final, ...(await this.#results(cotangents)) };
  }

  /** The gradient at the final weights; zeros for everything that is summed up on the way back. */
  #startCotangents(gradient: EngineTensor, accumulate: EngineTensors | undefined): EngineTensors {
    const { engine, problem, optimizer } = this.trainer;
    const zeros = (shape: readonly number[]): EngineTensor => engine.upload(new Float32Array(sizeOf(shape)), shape);
    return {
      [names.cotangent(names.weights)]: gradient,
      ...Object.fromEntries(optimizer.slots.map((slot) => [names.cotangent(names.slot(slot)), zeros([problem.layout.size])])),
      ...Object.fromEntries(
        Object.entries(problem.meta).map(([key, { shape }]) => [names.metaGradient(key), accumulate?.[key] ?? zeros(shape)]),
      ),
      [names.learningRateGradient]: zeros([]),
    };
  }

  async #reverse(
    before: LearnerState,
    after: LearnerState,
    index: number,
    cotangents: EngineTensors,
    request: UnrollRequest,
  ): Promise<EngineTensors> {
    const { engine, optimizer, problem } = this.trainer;
    const scalars = uploadScalars(engine, optimizer, before.step, request.learningRate);
    const batch = uploadBatch(engine, problem.batch, request.batch(index));
    const next = await this.executables.reverse.run({
      ...before.tensors,
      ...Object.fromEntries(Object.entries(after.tensors).map(([key, tensor]) => [names.after(key), tensor])),
      ...scalars,
      ...metaInputs(request.meta),
      ...batch,
      ...cotangents,
    });
    disposeAll(scalars);
    disposeAll(batch);
    return next;
  }

  async #undo(after: LearnerState, index: number, request: UnrollRequest): Promise<LearnerState> {
    const { engine, optimizer, problem } = this.trainer;
    const step = after.step - 1;
    const scalars = uploadScalars(engine, optimizer, step, request.learningRate);
    const batch = uploadBatch(engine, problem.batch, request.batch(index));
    const { total, ...tensors } = await (this.executables.undo as Executable).run({
      ...after.tensors,
      ...scalars,
      ...metaInputs(request.meta),
      ...batch,
    });
    disposeAll(scalars);
    disposeAll(batch);
    const finite = Number.isFinite(await downloadScalar(engine, total as EngineTensor));
    total?.dispose();
    if (!finite) {
      throw new FarziError('FARZI_NON_FINITE', `undoing the optimizer lost the learner's state at step ${step}: it is no longer finite`, {
        hint: "Rounding errors grow with every step that is undone. Use trajectory 'stored' or 'checkpointed'.",
      });
    }
    return { tensors, step };
  }

  async #results(cotangents: EngineTensors): Promise<Pick<MetaGradient, 'meta' | 'learningRate' | 'initialWeights'>> {
    const { engine, problem, optimizer } = this.trainer;
    const rate = cotangents[names.learningRateGradient] as EngineTensor;
    const learningRate = await downloadScalar(engine, rate);
    rate.dispose();
    for (const slot of optimizer.slots) cotangents[names.cotangent(names.slot(slot))]?.dispose();
    return {
      meta: Object.fromEntries(Object.keys(problem.meta).map((key) => [key, cotangents[names.metaGradient(key)] as EngineTensor])),
      learningRate,
      initialWeights: cotangents[names.cotangent(names.weights)] as EngineTensor,
    };
  }

  async dispose(): Promise<void> {
    await this.trainer.dispose();
    for (const executable of Object.values(this.executables)) await executable?.dispose();
  }
}
