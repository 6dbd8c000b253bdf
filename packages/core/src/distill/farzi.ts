import { FarziError } from '../errors.js';
import { disposeAll, type EngineTensors } from '../engine/engine.js';
import { syntheticBatch, syntheticProblem } from '../synthetic/source.js';
import type { SavedTensors } from '../storage/safetensors.js';
import { realBatch } from '../data/batches.js';
import { realOuterProblem } from '../training/real.js';
import type { RandomStream } from '../random/stream.js';
import { type Batch, type LearnerState, releasing } from '../unroll/learner.js';
import { requireUndo } from '../unroll/trajectories.js';
import { Unroll, type UnrollRequest } from '../unroll/unroll.js';
import { type Configurable, configurable } from '../options/configured.js';
import type { GivenOptions } from '../options/schema.js';
import { type FarziOptions, farziSchema, strategyOf } from './farzi-options.js';
import { farziWork } from './farzi-work.js';
import { LearnerPool, type LearnerSupply, requireSnapshots, singleUse, type SupplyContext } from './learners.js';
import type { DistillationContext, DistillationPlan, MetaEstimate, MetaOptimizer, MetaOptimizerDefinition } from './meta-optimizer.js';

/** Farzi (Sachdeva et al., 2023): differentiates through training with Adam on decoded latents. */
class Farzi implements MetaOptimizer {
  constructor(
    private readonly options: FarziOptions,
    private readonly context: DistillationContext,
    private readonly unroll: Unroll,
    private readonly learners: LearnerSupply,
  ) {}

  async estimate(outerStep: number, synthetic: EngineTensors): Promise<MetaEstimate> {
    const { trajectories } = this.options;
    let gradient: EngineTensors | undefined;
    let [metaLoss, innerLoss] = [0, 0];
    for (let index = 0; index < trajectories; index++) {
      const stream = this.context.stream.child('outer', outerStep, index);
      const result = await this.#differentiate(stream, synthetic, gradient);
      gradient = result.gradient;
      metaLoss += result.metaLoss / trajectories;
      innerLoss += result.innerLoss / trajectories;
    }
    return { metaLoss, innerLoss, gradient: gradient ?? {} };
  }

  /** Differentiates through one learner's training, adding to what other trajectories gave. */
  async #differentiate(stream: RandomStream, synthetic: EngineTensors, soFar: EngineTensors | undefined): Promise<MetaEstimate> {
    const { options, context } = this;
    const start = await this.learners.take(stream.child('learner'), synthetic);
    const request: UnrollRequest = {
      start,
      steps: options.steps,
      learningRate: context.learner.learningRate,
      meta: synthetic,
      ...(soFar === undefined ? {} : { accumulate: soFar }),
      scale: 1 / options.trajectories,
      batch: (index) => innerBatch(context, stream.child('inner', index)),
      outerBatch: realBatch(context.train, { batchSize: options.realBatchSize, length: context.data.length }, stream.child('real')),
    };
    const result = await releasing(start.tensors, () => this.unroll.metaGradient(request));
    result.initialWeights.dispose();
    const healthy = Number.isFinite(result.metaLoss);
    if (!healthy) disposeAll(result.final.tensors);
    this.learners.giveBack(healthy ? result.final : undefined);
    return { metaLoss: result.metaLoss, innerLoss: result.innerLosses.at(-1) ?? Number.NaN, gradient: result.meta };
  }

  save(): Promise<SavedTensors> {
    return this.learners.save();
  }

  restore(saved: SavedTensors): void {
    this.learners.restore(saved);
  }

  async dispose(): Promise<void> {
    this.learners.dispose();
    await this.unroll.dispose();
  }
}

function innerBatch({ data, learner }: DistillationContext, stream: RandomStream): Batch {
  return syntheticBatch(data, stream.distinct(data.sequences, Math.min(learner.batchSize, data.sequences)));
}

function check(options: FarziOptions, { learner, snapshots, trajectory }: DistillationPlan): void {
  const { strategy } = strategyOf(options, trajectory);
  if (strategy.needsUndo) requireUndo(strategy, learner.optimizer);
  if (learner.start === 'pool' && options.unroll === 'full') {
    throw new FarziError(
      'FARZI_CONFIG_INVALID',
      "distillation.metaOptimizer.unroll is full, but distillation.learner.start is pool: a pool's learners are differentiated in windows.",
      { hint: 'Use unroll: window with a pool, or start: fresh with a full unroll.' },
    );
  }
  if (learner.start === 'snapshots') requireSnapshots(snapshots);
}

/** Compiles the `farzi` meta-optimizer for a learner and synthetic data. */
async function create(options: FarziOptions, context: DistillationContext): Promise<MetaOptimizer> {
  const { engine, model, data, learner, snapshots } = context;
  check(options, { learner, snapshots: snapshots.length, trajectory: context.trajectory });
  const problem = syntheticProblem(model, data, Math.min(learner.batchSize, data.sequences), false);
  const outer = realOuterProblem(model, { batchSize: options.realBatchSize, length: data.length });
  const { strategy, memoryBudget } = strategyOf(options, context.trajectory);
  const unroll = await Unroll.compile(engine, problem, outer, learner.optimizer, {
    trajectory: strategy,
    memoryBudget,
    adjoint: options.adjoint,
  });
  const supply: SupplyContext = {
    engine,
    layout: model.layout,
    optimizer: learner.optimizer,
    snapshots,
    trainPlainly: async (start, steps, stream, synthetic) => {
      let state: LearnerState = start;
      for (let index = 0; index < steps; index++) {
        const batch = innerBatch(context, stream.child('inner', index));
        const next = await unroll.trainer.advance(state, synthetic, batch, learner.learningRate);
        next.loss.dispose();
        disposeAll(state.tensors);
        state = next.state;
      }
      return state;
    },
  };
  const warmup = options.unroll === 'window' ? Math.max(0, learner.maxAge - options.steps) : 0;
  const learners =
    learner.start === 'pool' ? new LearnerPool(supply, learner.poolSize, learner.maxAge) : singleUse(supply, learner.start, warmup);
  return new Farzi(options, context, unroll, learners);
}

/** Farzi (Sachdeva et al., 2023) as a contribution: `farzi({ steps: 20, realBatchSize: 512 })`. */
export const farzi: Configurable<MetaOptimizerDefinition, GivenOptions<typeof farziSchema>> = configurable({
  id: 'farzi',
  schema: farziSchema,
  innerSteps: ({ steps }: FarziOptions) => steps,
  check,
  work: (options: FarziOptions, sizes) => farziWork(options, strategyOf(options, sizes.trajectory), sizes),
  create,
});
