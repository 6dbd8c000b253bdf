import { disposeAll } from '../engine/engine.js';
import { reasonOf } from '../errors.js';
import { validateOptions } from '../options/validate.js';
import { type LearnerState, weightsOf } from '../unroll/learner.js';
import { StateStack } from '../unroll/state-stack.js';
import type { TrajectoryDefinition, TrajectoryStrategy } from '../unroll/trajectory.js';
import { attempt, check, ConformanceError, same } from './assert.js';
import { onTrackedEngine, type TrackedEngine } from './tracked-engine.js';

/** What a trajectory is checked with. */
export interface TrajectoryCheckOptions {
  /** The trajectory's own options; defaults of its schema are filled in. */
  readonly options?: Readonly<Record<string, unknown>>;
}

const SIZE = 3;
/** Bytes of two states: more of them wait in a scratch file. */
const TIGHT = 2 * SIZE * Float32Array.BYTES_PER_ELEMENT;
/** Steps of the trainings that are walked through. */
const LENGTHS: readonly number[] = [1, 2, 3, 10, 50];

/** What is thrown by a training that is interrupted. */
class Interruption extends Error {}

/**
 * Checks that a trajectory keeps its contract, for short and long trainings, with all kept states in memory and with
 * most of them in a scratch file: the final state is that of the training; on the way back every step is visited once,
 * the last one first, with the states before and after it; the start stays the caller's, as it is; all other states but
 * the final one are freed, also when a step, a visit or undoing a step throws, and what was thrown goes on to the
 * caller; steps are undone only by a trajectory that says so.
 *
 * The training that it walks through can be undone exactly, so that the states of every trajectory must be exact.
 *
 * @throws ConformanceError naming the check that failed
 */
export async function checkTrajectory(definition: TrajectoryDefinition, given: TrajectoryCheckOptions = {}): Promise<void> {
  const { id, schema } = definition;
  const options = validateOptions<never>(schema, given.options ?? {}, ['options']);
  const strategy = await attempt(`${id}: Calling create`, () => definition.create(options));
  check(strategy.id === id, `${id}: Calling create gives a trajectory with the id ${strategy.id}.`);
  await onTrackedEngine(async (engine) => {
    for (const budget of [Infinity, TIGHT]) {
      for (const steps of LENGTHS)
        await new Walk(`${id} (${steps} steps, ${budget === TIGHT ? 'little' : 'enough'} memory)`, engine, strategy, steps, budget).run();
      const where = `${id} (an error, ${budget === TIGHT ? 'little' : 'enough'} memory)`;
      for (const failure of ['advance', 'visit', ...(strategy.needsUndo ? (['undo'] as const) : [])] as const)
        await new Walk(where, engine, strategy, 10, budget, failure).run();
    }
  });
}

/** One training, there and back: step `index` adds `index + 1` to all weights, in whole numbers. */
class Walk {
  #visited: number[] = [];

  constructor(
    private readonly where: string,
    private readonly engine: TrackedEngine,
    private readonly strategy: TrajectoryStrategy,
    private readonly steps: number,
    private readonly budget: number,
    /** What throws, in the middle of the training. */
    private readonly failure?: 'advance' | 'visit' | 'undo',
  ) {}

  async run(): Promise<void> {
    const { where, engine, failure } = this;
    const start = this.#state(this.#weightsBefore(0), 0);
    const held = engine.live;
    const stack = new StateStack(engine, this.budget);
    try {
      if (failure === undefined) await attempt(where, () => this.#walk(start, stack));
      else await this.#fail(failure, start, stack);
    } finally {
      await stack.close();
    }
    check(
      engine.live === held,
      `${where}: ${engine.live - held} values are left on the engine${failure ? ` when ${failure} throws` : ''}.`,
    );
    check(same(await this.#read(start), this.#weightsBefore(0)), `${where}: The start has other weights afterwards.`);
    disposeAll(start.tensors);
  }

  async #fail(failure: 'advance' | 'visit' | 'undo', start: LearnerState, stack: StateStack): Promise<void> {
    const thrown: unknown = await this.#walk(start, stack).catch((error: unknown) => error);
    if (thrown instanceof ConformanceError) throw thrown;
    const found = thrown instanceof Error ? reasonOf(thrown) : 'nothing';
    check(thrown instanceof Interruption, `${this.where}: The function ${failure} throws, and the caller gets: ${found}.`);
  }

  async #walk(start: LearnerState, stack: StateStack): Promise<void> {
    const { where, steps, strategy } = this;
    const trajectory = await strategy.run({
      ...{ stack, start, steps },
      advance: (state, index) => this.#moved(state, index, 'advance'),
      undo: (state, index) => this.#moved(state, index, 'undo'),
    });
    const { final } = trajectory;
    try {
      check(same(await this.#read(final), this.#weightsBefore(steps)), `${where}: The final state is not that of the training.`);
      await trajectory.backward((before, after, index) => this.#visit(before, after, index));
      const wanted = Array.from({ length: steps }, (_, index) => steps - 1 - index);
      check(same(this.#visited, wanted), `${where}: The steps ${this.#visited.join(', ')} are visited, not ${wanted.join(', ')}.`);
      check(same(await this.#read(final), this.#weightsBefore(steps)), `${where}: The way back changes the final state.`);
    } finally {
      disposeAll(final.tensors);
    }
  }

  async #visit(before: LearnerState, after: LearnerState, index: number): Promise<void> {
    this.#interrupt('visit', index);
    this.#visited.push(index);
    for (const [name, state, at] of [['before', before, index] as const, ['after', after, index + 1] as const]) {
      const [found, wanted] = [await this.#read(state), this.#weightsBefore(at)];
      const weights = `has weights ${found.join(', ')}, not ${wanted.join(', ')}`;
      check(same(found, wanted), `${this.where}: The state ${name} step ${index} ${weights}.`);
      check(state.step === at, `${this.where}: The state ${name} step ${index} counts ${state.step} steps.`);
    }
  }

  async #moved(state: LearnerState, index: number, how: 'advance' | 'undo'): Promise<LearnerState> {
    const { where, strategy } = this;
    check(how === 'advance' || strategy.needsUndo, `${where}: It undoes steps, and needsUndo is false.`);
    this.#interrupt(how, index);
    const [from, to] = how === 'advance' ? [index, index + 1] : [index + 1, index];
    check(
      same(await this.#read(state), this.#weightsBefore(from)),
      `${where}: The function ${how} is called for step ${index} with another step's state.`,
    );
    return this.#state(this.#weightsBefore(to), to);
  }

  #interrupt(what: 'advance' | 'visit' | 'undo', index: number): void {
    if (this.failure === what && index === Math.floor(this.steps / 2)) throw new Interruption(`the ${what} of step ${index} fails`);
  }

  #weightsBefore(step: number): Float32Array {
    return Float32Array.from({ length: SIZE }, (_, at) => at + (step * (step + 1)) / 2);
  }

  #state(weights: Float32Array, step: number): LearnerState {
    return { tensors: { weights: this.engine.upload(weights, [SIZE]) }, step };
  }

  async #read({ tensors }: LearnerState): Promise<Float32Array> {
    return Float32Array.from(await this.engine.download(weightsOf({ tensors })));
  }
}
