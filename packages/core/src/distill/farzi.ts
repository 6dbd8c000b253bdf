import type { EngineTensors } from '../engine/engine.js';
import { FarziError, invariant } from '../errors.js';
import { type Configurable, configurable } from '../options/configured.js';
import type { GivenOptions } from '../options/schema.js';
import type { SavedTensors } from '../storage/safetensors.js';
import { syntheticSpecs } from '../synthetic/source.js';
import { requireUndo } from '../unroll/trajectories.js';
import { type FarziOptions, farziSchema, strategyOf } from './farzi-options.js';
import { FarziTrajectories, type Trajectories } from './farzi-trajectories.js';
import { farziWork } from './farzi-work.js';
import { GradientMean } from './gradient-mean.js';
import { requireSnapshots } from './learners.js';
import type { DistillationContext, DistillationPlan, MetaEstimate, MetaOptimizer, MetaOptimizerDefinition } from './meta-optimizer.js';
import { TrajectoriesElsewhere, TrajectoryWorker } from './trajectories-elsewhere.js';

/** Farzi (Sachdeva et al., 2023): differentiates through training with Adam on decoded latents. */
class Farzi implements MetaOptimizer {
  constructor(
    private readonly trajectories: Trajectories,
    private readonly mean: GradientMean,
  ) {}

  async estimate(outerStep: number, synthetic: EngineTensors): Promise<MetaEstimate> {
    const begun = await this.trajectories.begin(outerStep, synthetic);
    let [metaLoss, innerLoss] = [0, 0];
    const gradient = await this.mean.of(async (index) => {
      const finish = begun[index];
      invariant(finish, 'An outer step has fewer trajectories than their mean.');
      const estimate = await finish();
      metaLoss += estimate.metaLoss / begun.length;
      innerLoss += estimate.innerLoss / begun.length;
      return estimate.gradient;
    });
    return { metaLoss, innerLoss, gradient };
  }

  save(): Promise<SavedTensors> {
    return this.trajectories.save();
  }

  restore(saved: SavedTensors): void {
    this.trajectories.restore(saved);
  }

  async dispose(): Promise<void> {
    await this.trajectories.dispose();
    await this.mean.dispose();
  }
}

function check(options: FarziOptions, { learner, snapshots, trajectory }: DistillationPlan): void {
  const { strategy } = strategyOf(options, trajectory);
  if (strategy.needsUndo) requireUndo(strategy, learner.optimizer);
  if (learner.start === 'pool' && options.unroll === 'full') {
    throw new FarziError(
      'FARZI_CONFIG_INVALID',
      "The option distillation.metaOptimizer.unroll is full, but distillation.learner.start is pool: a pool's learners are differentiated in windows.",
      { hint: 'Use unroll: window with a pool, or start: fresh with a full unroll.' },
    );
  }
  if (learner.start === 'pool' && options.trajectories > learner.poolSize) {
    throw new FarziError(
      'FARZI_CONFIG_INVALID',
      `The option distillation.metaOptimizer.trajectories is ${options.trajectories}, but distillation.learner.poolSize is ${learner.poolSize}: each trajectory of an outer step takes another learner of the pool.`,
      { hint: `Set poolSize to ${options.trajectories} or more, or trajectories to ${learner.poolSize} or fewer.` },
    );
  }
  if (learner.start === 'snapshots') requireSnapshots(snapshots);
}

/** Compiles the `farzi` meta-optimizer for a learner and synthetic data. */
async function create(options: FarziOptions, context: DistillationContext): Promise<MetaOptimizer> {
  const { engine, data, learner, snapshots, trajectory, elsewhere } = context;
  check(options, { learner, trajectory, snapshots: snapshots.length });
  return new Farzi(
    // one alone has all threads here
    elsewhere === undefined || options.trajectories === 1
      ? await FarziTrajectories.compile(options, context)
      : new TrajectoriesElsewhere(options, context, elsewhere),
    await GradientMean.compile(engine, syntheticSpecs(data), options.trajectories),
  );
}

/** Farzi (Sachdeva et al., 2023) as a contribution: `farzi({ steps: 20, realBatchSize: 512 })`. */
export const farzi: Configurable<MetaOptimizerDefinition<FarziOptions>, GivenOptions<typeof farziSchema>, FarziOptions> = configurable({
  id: 'farzi',
  schema: farziSchema,
  innerSteps: ({ steps }: FarziOptions) => steps,
  needsTeacher: ({ teacherShare }: FarziOptions) => teacherShare > 0,
  check,
  work: (options: FarziOptions, sizes) => farziWork(options, strategyOf(options, sizes.trajectory), sizes),
  create,
  parts: ({ trajectories }: FarziOptions) => (trajectories === 1 ? 0 : trajectories),
  partWorker: async (options: FarziOptions, context) =>
    new TrajectoryWorker(context.engine, await FarziTrajectories.compile(options, context)),
});
