import { disposeAll, type Engine, type EngineTensors } from '../engine/engine.js';
import { prefixed, restoreTensors, saveTensors, withPrefix } from '../engine/saved-tensors.js';
import type { SavedTensors } from '../storage/safetensors.js';
import type { Part, PartWorker } from './elsewhere.js';
import type { FarziOptions } from './farzi-options.js';
import { type FarziTrajectories, type PlannedTrajectory, planTrajectories, type Trajectories } from './farzi-trajectories.js';
import { slotName } from './learners.js';
import type { DistillationContext, MetaEstimate } from './meta-optimizer.js';

/** Begins of names: the synthetic data, the learner of a trajectory, and what the data should change by. */
const [SYNTHETIC, LEARNER, GRADIENT] = ['synthetic.', 'learner.', 'gradient.'] as const;

type Losses = Pick<MetaEstimate, 'metaLoss' | 'innerLoss'>;

/** Trajectories that others compute, all of an outer step at the same time. Learners travel with them. */
export class TrajectoriesElsewhere implements Trajectories {
  /** As a pool saves its learners. */
  #learners: SavedTensors = {};

  constructor(
    private readonly options: FarziOptions,
    private readonly context: DistillationContext,
    private readonly ask: NonNullable<DistillationContext['elsewhere']>,
  ) {}

  async begin(outerStep: number, synthetic: EngineTensors): Promise<readonly (() => Promise<MetaEstimate>)[]> {
    const { engine } = this.context;
    const planned = planTrajectories(this.options, this.context, outerStep);
    const data = prefixed(SYNTHETIC, await saveTensors(engine, synthetic));
    const answers = await Promise.all(
      planned.map((each) => this.ask({ tensors: { ...data, ...prefixed(LEARNER, this.#learnerOf(each)) }, state: each })),
    );
    // all of them, or, when one is interrupted, none
    for (const [index, { tensors }] of answers.entries()) this.#keep(planned[index] as PlannedTrajectory, withPrefix(LEARNER, tensors));
    return answers.map(({ tensors, state }) => {
      const gradient = withPrefix(GRADIENT, tensors);
      return () => Promise.resolve({ ...(state as Losses), gradient: restoreTensors(engine, gradient) });
    });
  }

  #learnerOf({ slot }: PlannedTrajectory): SavedTensors {
    return Object.fromEntries(Object.entries(this.#learners).filter(([name]) => name.startsWith(slotName(slot, ''))));
  }

  #keep({ slot }: PlannedTrajectory, learner: SavedTensors): void {
    const others = Object.entries(this.#learners).filter(([name]) => !name.startsWith(slotName(slot, '')));
    this.#learners = { ...Object.fromEntries(others), ...learner };
  }

  save(): Promise<SavedTensors> {
    return Promise.resolve(this.#learners);
  }

  restore(saved: SavedTensors): void {
    this.#learners = saved;
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

/** Computes trajectories for {@link TrajectoriesElsewhere}. */
export class TrajectoryWorker implements PartWorker {
  constructor(
    private readonly engine: Engine,
    private readonly trajectories: FarziTrajectories,
  ) {}

  async run({ tensors, state }: Part): Promise<Part> {
    const { engine, trajectories } = this;
    const synthetic = restoreTensors(engine, withPrefix(SYNTHETIC, tensors));
    try {
      trajectories.restore(withPrefix(LEARNER, tensors));
      const { gradient, metaLoss, innerLoss } = await trajectories.differentiate(state as PlannedTrajectory, synthetic);
      const given = prefixed(GRADIENT, await saveTensors(engine, gradient));
      disposeAll(gradient);
      return {
        tensors: { ...given, ...prefixed(LEARNER, await trajectories.save()) },
        state: { metaLoss, innerLoss } satisfies Losses,
      };
    } finally {
      disposeAll(synthetic);
    }
  }

  dispose(): Promise<void> {
    return this.trajectories.dispose();
  }
}
