import { FarziError, invariant } from '../errors.js';
import { disposeAll, downloadScalar, type Engine, type EngineTensor, type EngineTensors, type Executable } from '../engine/engine.js';
import type { AdjointVariant, Optimizer } from '../optimizer/optimizer.js';
import { sizeOf } from '../program/node.js';
import { type Batch, type LearnerState, metaInputs, releasing, stepScalars, Trainer, uploadInputs, weightsOf } from './learner.js';
import type { InnerProblem, OuterProblem } from './problem.js';
import { names, outerProgram, reverseProgram, undoProgram } from './programs.js';
import { StateStack } from './state-stack.js';
import { requireUndo } from './trajectories.js';
import type { TrajectorySteps, TrajectoryStrategy } from './trajectory.js';

/** How to differentiate through training. */
export interface UnrollOptions {
  readonly trajectory: TrajectoryStrategy;
  /** Bytes that kept states may take in memory before they go to disk (no limit by default). */
  readonly memoryBudget?: number;
  readonly adjoint: AdjointVariant;
}

/** One differentiated stretch of training. */
export interface UnrollRequest {
  /** Where the stretch starts; stays the caller's. */
  readonly start: LearnerState;
  /** At least 1. */
  readonly steps: number;
  readonly learningRate: number;
  readonly meta: EngineTensors;
  /** The batch of step `index` (from 0): asked again on the way back, so it must answer the same. */
  batch(index: number): Batch;
  readonly outerBatch: Batch;
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

/**
 * Training as a differentiable function: T steps forward, T reverse steps with one Hessian-vector product each.
 * Activations never outlive a step.
 */
export class Unroll {
  private constructor(
    readonly trainer: Trainer,
    private readonly outer: OuterProblem,
    private readonly options: UnrollOptions,
    private readonly executables: {
      readonly reverse: Executable;
      readonly outer: Executable<'loss' | 'gradient'>;
      readonly undo: Executable | undefined;
    },
  ) {}

  /** @throws FARZI_CONFIG_INVALID when the trajectory undoes steps and the optimizer cannot */
  static async compile(
    engine: Engine,
    problem: InnerProblem,
    outer: OuterProblem,
    optimizer: Optimizer,
    options: UnrollOptions,
  ): Promise<Unroll> {
    const { trajectory, adjoint } = options;
    const undo = trajectory.needsUndo ? undoProgram(problem, optimizer, requireUndo(trajectory, optimizer)) : undefined;
    const trainer = await Trainer.compile(engine, problem, optimizer);
    return new Unroll(trainer, outer, options, {
      reverse: await engine.compile(reverseProgram(problem, optimizer, adjoint)),
      outer: await engine.compile(outerProgram(problem, outer)),
      undo: undo && (await engine.compile(undo)),
    });
  }

  /**
   * The loss on real data after `steps` of training, and its derivative with respect to what the training used.
   * After an error only the caller's tensors are left.
   *
   * @throws FARZI_NON_FINITE when the `reversible` trajectory has lost the states;
   *   FARZI_SCRATCH_FILE when states beyond the budget cannot be kept on disk
   */
  async metaGradient(request: UnrollRequest): Promise<MetaGradient> {
    const { engine, problem, optimizer } = this.trainer;
    const stack = new StateStack(engine, this.options.memoryBudget ?? Infinity);
    const losses: EngineTensor[] = [];
    let final: LearnerState | undefined;
    let cotangents: Record<string, EngineTensor> = {};
    try {
      const trajectory = await this.options.trajectory.run(this.#steps(request, stack, losses));
      final = trajectory.final;
      const innerLosses: number[] = [];
      for (const loss of losses) innerLosses.push(await downloadScalar(engine, loss));
      const outer = await this.#outer(final, request);
      cotangents[names.cotangent(names.weights)] = outer.gradient;
      this.#addZeros(cotangents);
      await trajectory.backward(async (before, after, index) => {
        const next = await this.#reverse(before, after, index, cotangents, request);
        disposeAll(cotangents);
        cotangents = next;
      });
      const rate = cotangents[names.learningRateGradient] as EngineTensor;
      const learningRate = await downloadScalar(engine, rate);
      for (const spent of [rate, ...optimizer.slots.map((slot) => cotangents[names.cotangent(names.slot(slot))])]) spent?.dispose();
      return {
        ...{ metaLoss: outer.loss, innerLosses, final, learningRate },
        meta: Object.fromEntries(Object.keys(problem.meta).map((key) => [key, cotangents[names.metaGradient(key)] as EngineTensor])),
        initialWeights: cotangents[names.cotangent(names.weights)] as EngineTensor,
      };
    } catch (error) {
      if (final !== undefined) disposeAll(final.tensors);
      disposeAll(cotangents);
      throw error;
    } finally {
      for (const loss of losses) loss.dispose();
      await stack.close();
    }
  }

  /** What a trajectory walks through. The loss of each step goes to `losses`, once. */
  #steps(request: UnrollRequest, stack: StateStack, losses: EngineTensor[]): TrajectorySteps {
    return {
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
    };
  }

  /** The loss on real data, and its gradient at the final weights. */
  async #outer(state: LearnerState, request: UnrollRequest): Promise<{ loss: number; gradient: EngineTensor }> {
    const { engine } = this.trainer;
    const given = uploadInputs(engine, this.outer.batch, request.outerBatch, {});
    const run = () => this.executables.outer.run({ [names.weights]: weightsOf(state), ...given });
    const { loss, gradient } = await releasing(given, run);
    return { loss: await releasing({ loss }, () => downloadScalar(engine, loss)), gradient };
  }

  /** Adds what is summed up on the way back. */
  #addZeros(cotangents: Record<string, EngineTensor>): void {
    const { engine, problem, optimizer } = this.trainer;
    const shapes: Record<string, readonly number[]> = { [names.learningRateGradient]: [] };
    for (const slot of optimizer.slots) shapes[names.cotangent(names.slot(slot))] = [problem.layout.size];
    for (const [key, { shape }] of Object.entries(problem.meta)) shapes[names.metaGradient(key)] = shape;
    for (const [name, shape] of Object.entries(shapes)) cotangents[name] = engine.upload(new Float32Array(sizeOf(shape)), shape);
  }

  async #reverse(
    before: LearnerState,
    after: LearnerState,
    index: number,
    cotangents: EngineTensors,
    request: UnrollRequest,
  ): Promise<Record<string, EngineTensor>> {
    const given = this.#stepInputs(before.step, index, request);
    const afterStep = Object.entries(after.tensors).map(([key, tensor]) => [names.after(key), tensor] as const);
    const inputs = { ...before.tensors, ...Object.fromEntries(afterStep), ...metaInputs(request.meta), ...given, ...cotangents };
    return releasing(given, () => this.executables.reverse.run(inputs));
  }

  async #undo(after: LearnerState, index: number, request: UnrollRequest): Promise<LearnerState> {
    const { undo } = this.executables;
    invariant(undo, `The trajectory "${this.options.trajectory.id}" undoes a step, but its needsUndo is false.`);
    const step = after.step - 1;
    const given = this.#stepInputs(step, index, request);
    const { total, ...tensors } = await releasing(given, () => undo.run({ ...after.tensors, ...metaInputs(request.meta), ...given }));
    try {
      const sum = await releasing({ total } as EngineTensors, () => downloadScalar(this.trainer.engine, total as EngineTensor));
      if (Number.isFinite(sum)) return { tensors, step };
      throw new FarziError('FARZI_NON_FINITE', `Undoing the optimizer lost the learner's state at step ${step}: it is no longer finite.`, {
        hint: "Rounding errors grow with every step that is undone. Use the trajectory 'stored' or 'checkpointed'.",
      });
    } catch (error) {
      disposeAll(tensors);
      throw error;
    }
  }

  /** Batch and scalars of the step that follows `step` steps of training. */
  #stepInputs(step: number, index: number, request: UnrollRequest): EngineTensors {
    const { engine, optimizer, problem } = this.trainer;
    return uploadInputs(engine, problem.batch, request.batch(index), stepScalars(optimizer, step, request.learningRate));
  }

  async dispose(): Promise<void> {
    await this.trainer.dispose();
    for (const executable of Object.values(this.executables)) await executable?.dispose();
  }
}
