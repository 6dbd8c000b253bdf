import { realBatch } from '../data/batches.js';
import { disposeAll, type EngineTensors } from '../engine/engine.js';
import { dropoutMasks } from '../model/dropout.js';
import { membersIn } from '../model/ensemble.js';
import type { RandomStream } from '../random/stream.js';
import type { SavedTensors } from '../storage/safetensors.js';
import { syntheticBatch, syntheticProblem } from '../synthetic/source.js';
import { requireTeacher } from '../synthetic/teacher-view.js';
import { realOuterProblem } from '../training/real.js';
import { type Batch, type LearnerState, releasing } from '../unroll/learner.js';
import { Unroll, type UnrollRequest } from '../unroll/unroll.js';
import { type FarziOptions, strategyOf } from './farzi-options.js';
import { drawSlots, LearnerPool, type LearnerSupply, singleUse, type SupplyContext } from './learners.js';
import type { DistillationContext, MetaEstimate } from './meta-optimizer.js';

/** The trajectories of outer steps, wherever they are computed. */
export interface Trajectories {
  /**
   * Begins those of an outer step. Each is to be asked for once, in order, before those of the next step are begun; the
   * gradients that they give are the caller's.
   */
  begin(outerStep: number, synthetic: EngineTensors): Promise<readonly (() => Promise<MetaEstimate>)[]>;
  /** Their learners. */
  save(): Promise<SavedTensors>;
  restore(saved: SavedTensors): void;
  dispose(): Promise<void>;
}

/** One of an outer step's trajectories, before its learner trains. */
export interface PlannedTrajectory {
  readonly outerStep: number;
  readonly index: number;
  /** Where its learner is. */
  readonly slot: number;
}

/** What all trajectories of an outer step are to be computed with: who does that first changes nothing. */
export function planTrajectories(
  { trajectories }: FarziOptions,
  { learner, stream }: DistillationContext,
  outerStep: number,
): PlannedTrajectory[] {
  // by the first one's stream: it gets the learner that it would get alone
  const slots = drawSlots(learner, trajectories, streamOf(stream, outerStep, 0).child('learner'));
  return slots.map((slot, index) => ({ outerStep, index, slot }));
}

const streamOf = (stream: RandomStream, outerStep: number, index: number): RandomStream => stream.child('outer', outerStep, index);

/**
 * The learners of outer steps, and what differentiating through their training gives. What a trajectory draws depends
 * on its outer step and index alone, and no two of an outer step share a learner: they may be computed in any order.
 */
export class FarziTrajectories implements Trajectories {
  private constructor(
    private readonly options: FarziOptions,
    private readonly context: DistillationContext,
    private readonly unroll: Unroll,
    private readonly learners: LearnerSupply,
    private readonly inner: InnerBatches,
  ) {}

  static async compile(options: FarziOptions, context: DistillationContext): Promise<FarziTrajectories> {
    const { engine, model, data, learner, snapshots } = context;
    const inner = innerBatches(context);
    const problem = syntheticProblem(model, data, inner.size, learner.dropout);
    const share = options.teacherShare;
    const teacher = share > 0 ? { share, members: membersIn(model, requireTeacher(context.teacher)) } : undefined;
    const outer = realOuterProblem(model, { batchSize: options.realBatchSize, length: data.length }, teacher);
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
          const batch = inner.draw(stream.child('inner', index));
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
    return new FarziTrajectories(options, context, unroll, learners, inner);
  }

  begin(outerStep: number, synthetic: EngineTensors): Promise<readonly (() => Promise<MetaEstimate>)[]> {
    const planned = planTrajectories(this.options, this.context, outerStep);
    return Promise.resolve(planned.map((each) => () => this.differentiate(each, synthetic)));
  }

  /** What the training of one learner says about the synthetic data; the gradient is the caller's. */
  async differentiate({ outerStep, index, slot }: PlannedTrajectory, synthetic: EngineTensors): Promise<MetaEstimate> {
    const { options, context } = this;
    const stream = streamOf(context.stream, outerStep, index);
    const start = await this.learners.take(slot, stream.child('learner'), synthetic);
    const request: UnrollRequest = {
      start,
      steps: options.steps,
      learningRate: context.learner.learningRate,
      meta: synthetic,
      batch: (step) => this.inner.draw(stream.child('inner', step)),
      outerBatch: {
        ...realBatch(context.train, { batchSize: options.realBatchSize, length: context.data.length }, stream.child('real')),
        ...(context.teacher === undefined ? {} : { teacher: context.teacher }),
      },
    };
    const result = await releasing(start.tensors, () => this.unroll.metaGradient(request));
    result.initialWeights.dispose();
    const healthy = Number.isFinite(result.metaLoss);
    if (!healthy) disposeAll(result.final.tensors);
    this.learners.giveBack(slot, healthy ? result.final : undefined);
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

/** What a learner is trained on. */
interface InnerBatches {
  /** Sequences of each. */
  readonly size: number;
  /** The same stream gives the same batch. */
  draw(stream: RandomStream): Batch;
}

function innerBatches({ data, learner, model }: DistillationContext): InnerBatches {
  const size = Math.min(learner.batchSize, data.sequences);
  const sites = learner.dropout ? model.dropoutSites(size, data.length) : [];
  return {
    size,
    draw: (stream) => ({
      ...syntheticBatch(data, stream.distinct(data.sequences, size)),
      ...dropoutMasks(sites, stream.child('dropout')),
    }),
  };
}
