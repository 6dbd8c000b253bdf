import type { DistillationContext, MetaEstimate, MetaOptimizer, MetaOptimizerDefinition } from '../distill/meta-optimizer.js';
import { disposeAll, type EngineTensor, type EngineTensors } from '../engine/engine.js';
import { isFarziError } from '../errors.js';
import { initialParameters } from '../model/layout.js';
import { validateOptions } from '../options/validate.js';
import { RandomStream } from '../random/stream.js';
import type { SavedTensors } from '../storage/safetensors.js';
import { randomSynthetic } from '../synthetic/random.js';
import { uploadSynthetic } from '../synthetic/source.js';
import { latentPositions, type SyntheticData, type SyntheticInputs } from '../synthetic/synthetic.js';
import { sequenceWindows } from '../synthetic/windows.js';
import { trajectoryLookup } from '../unroll/trajectories.js';
import { allFinite, attempt, check, norm, same } from './assert.js';
import { onTrackedEngine, type TrackedEngine } from './tracked-engine.js';
import { toyModel, toyOptimizer, toySequences, toyShape, toyTeacher } from './toy-learner.js';

/** What a meta-optimizer is checked with. */
export interface MetaOptimizerCheckOptions {
  /** The meta-optimizer's own options; defaults of its schema are filled in. Small numbers make the check fast. */
  readonly options?: Readonly<Record<string, unknown>>;
}

type Start = DistillationContext['learner']['start'];
type Values = Readonly<Record<Key, Float32Array>>;
type Key = (typeof keys)[number];

const keys = ['latents', 'decoder'] as const;
const starts: readonly Start[] = ['fresh', 'snapshots', 'pool'];
/** Outer steps that are averaged to see whether the loss falls. */
const AVERAGED = 6;
/** Lengths of steps along the gradient, relative to what is moved. */
const MOVES: readonly number[] = [0.1, 0.03, 0.01, 0.003];
/** Outer steps after which nothing new is kept any more. */
const SETTLED = 12;

/**
 * Checks that a meta-optimizer keeps its contract, for soft and hard inputs and every `learner.start` that its own
 * `check` accepts, with a teacher of two members where it says that it needs one: it gives finite losses and finite gradients that are not 0, in the shapes of latents and decoder;
 * outer step and stream settle what it gives; what was saved and restored goes on as what was not interrupted; a small
 * step of latents or decoder alone against the gradient lowers its own loss, averaged over some outer steps from the
 * same learners (a gradient that leaves out earlier training points only roughly downhill, so no more is asked of it);
 * it leaves synthetic data to the caller as they are, and gradients for the caller to free; it frees what it made, and
 * does not pile up values on the way.
 *
 * @throws ConformanceError naming the check that failed
 */
export async function checkMetaOptimizer(definition: MetaOptimizerDefinition, given: MetaOptimizerCheckOptions = {}): Promise<void> {
  const options = validateOptions<never>(definition.schema, given.options ?? {}, ['options']);
  const steps = definition.innerSteps(options);
  check(Number.isSafeInteger(steps) && steps >= 0, `${definition.id}: The function innerSteps gives ${steps}.`);
  let accepted = 0;
  await onTrackedEngine(async (engine) => {
    for (const inputs of ['soft', 'hard'] as const) {
      for (const start of starts) {
        const subject = new MetaOptimizerCheck(definition, options, engine, inputs, start);
        if (!subject.accepts()) continue;
        accepted += 1;
        await subject.run();
      }
    }
  });
  check(accepted > 0, `${definition.id}: Its check refuses learners of every start: ${starts.join(', ')}.`);
}

class MetaOptimizerCheck {
  readonly #where: string;
  readonly #data: SyntheticData;

  constructor(
    private readonly definition: MetaOptimizerDefinition,
    private readonly options: never,
    private readonly engine: TrackedEngine,
    inputs: SyntheticInputs,
    private readonly start: Start,
  ) {
    this.#where = `${definition.id} (${inputs} inputs, start: ${start})`;
    const shape = toyShape(inputs);
    const windows = sequenceWindows(toySequences(), shape, new RandomStream(1, 'windows'));
    this.#data = randomSynthetic(shape, windows, new RandomStream(1, 'synthetic'));
  }

  accepts(): boolean {
    const { learner, snapshots, trajectory } = this.#context();
    try {
      this.definition.check?.(this.options, { learner, trajectory, snapshots: snapshots.length });
      return true;
    } catch (error) {
      if (isFarziError(error) && error.code === 'FARZI_CONFIG_INVALID') return false;
      throw error;
    }
  }

  async run(): Promise<void> {
    const before = this.engine.live;
    await this.#checkEstimates();
    await this.#checkResuming();
    await this.#checkDescent();
    check(this.engine.live === before, `${this.#where}: ${this.engine.live - before} values are left after dispose.`);
  }

  async #checkEstimates(): Promise<void> {
    const [one, two] = [await this.#create(), await this.#create()];
    const synthetic = uploadSynthetic(this.engine, this.#data);
    for (let step = 0; step < 3; step++) {
      const first = await this.#estimate(one, step, synthetic);
      for (const key of keys) {
        const left = await attempt(`${this.#where}: Downloading the ${key}`, () => this.engine.download(synthetic[key]));
        check(same(left, this.#data[key]), `${this.#where}: Calling estimate changes the ${key} that it is given.`);
      }
      const second = await this.#estimate(two, step, synthetic);
      if (step === 2) await one.dispose();
      const [values, again] = [await this.#read(first), await this.#read(second)];
      const settled = first.metaLoss === second.metaLoss && keys.every((key) => same(values[key], again[key]));
      check(settled, `${this.#where}: The same outer step of the same stream gives other estimates (step ${step}).`);
      for (const key of keys) check(norm(values[key]) > 0, `${this.#where}: The gradient of ${key} is 0.`);
      disposeAll(first.gradient);
      disposeAll(second.gradient);
    }
    await this.#checkSettling(two, synthetic);
    await two.dispose();
    disposeAll(synthetic);
  }

  /** Values that it keeps may become more in the first steps only. */
  async #checkSettling(subject: MetaOptimizer, synthetic: EngineTensors): Promise<void> {
    const held: number[] = [];
    for (let step = 3; step < 3 + 2 * SETTLED; step++) {
      disposeAll((await this.#estimate(subject, step, synthetic)).gradient);
      held.push(this.engine.live);
    }
    const most = (from: number): number => Math.max(...held.slice(from, from + SETTLED));
    check(most(SETTLED) <= most(0), `${this.#where}: The values that it keeps become more with every estimate: ${held.join(', ')}.`);
  }

  async #checkResuming(): Promise<void> {
    const [whole, resumed] = [await this.#create(), await this.#create()];
    const synthetic = uploadSynthetic(this.engine, this.#data);
    for (let step = 0; step < 4; step++) disposeAll((await this.#estimate(whole, step, synthetic)).gradient);
    const saved = await whole.save();
    const copy = structuredClone(saved);
    resumed.restore(saved);
    for (let step = 4; step < 8; step++) {
      const [expected, actual] = [await this.#estimate(whole, step, synthetic), await this.#estimate(resumed, step, synthetic)];
      const [wanted, found] = [await this.#read(expected), await this.#read(actual)];
      const equal = expected.metaLoss === actual.metaLoss && keys.every((key) => same(found[key], wanted[key]));
      check(equal, `${this.#where}: After save and restore it goes on with other estimates.`);
      disposeAll(expected.gradient);
      disposeAll(actual.gradient);
    }
    for (const [name, { values }] of Object.entries(saved))
      check(same(values, copy[name]?.values ?? []), `${this.#where}: What was saved changes afterwards (${name}).`);
    await whole.dispose();
    await resumed.dispose();
    disposeAll(synthetic);
  }

  async #checkDescent(): Promise<void> {
    const { loss, gradient, states } = await this.#follow();
    for (const key of keys) {
      const falls: string[] = [];
      let fall = 0;
      for (const move of MOVES) {
        const factor = (move * norm(this.#data[key])) / norm(gradient[key]);
        const moved = this.#data[key].map((value, place) => value - factor * (gradient[key][place] as number));
        fall = loss - (await this.#lossAt({ ...this.#data, [key]: moved }, states));
        if (fall > 0) break;
        falls.push(fall.toPrecision(3));
      }
      check(fall > 0, `${this.#where}: No small step of ${key} against the gradient lowers metaLoss; it falls by ${falls.join(', ')}.`);
    }
  }

  /** Mean loss and gradient over some outer steps, and what is saved before each. */
  async #follow(): Promise<{ loss: number; gradient: Values; states: SavedTensors[] }> {
    const subject = await this.#create();
    const synthetic = uploadSynthetic(this.engine, this.#data);
    const sums = { latents: new Float32Array(this.#data.latents.length), decoder: new Float32Array(this.#data.decoder.length) };
    const states: SavedTensors[] = [];
    let loss = 0;
    for (let step = 0; step < AVERAGED; step++) {
      states.push(await subject.save());
      const estimate = await this.#estimate(subject, step, synthetic);
      const values = await this.#read(estimate);
      for (const key of keys) values[key].forEach((value, place) => (sums[key][place] = (sums[key][place] as number) + value / AVERAGED));
      loss += estimate.metaLoss / AVERAGED;
      disposeAll(estimate.gradient);
    }
    await subject.dispose();
    disposeAll(synthetic);
    return { loss, gradient: sums, states };
  }

  /**
   * Mean loss of other data over the same outer steps, each with the learners that it had before: these do not follow
   * the data.
   */
  async #lossAt(data: SyntheticData, states: readonly SavedTensors[]): Promise<number> {
    const subject = await this.#create();
    const synthetic = uploadSynthetic(this.engine, data);
    let loss = 0;
    for (const [step, saved] of states.entries()) {
      subject.restore(saved);
      const estimate = await this.#estimate(subject, step, synthetic);
      loss += estimate.metaLoss / states.length;
      disposeAll(estimate.gradient);
    }
    await subject.dispose();
    disposeAll(synthetic);
    return loss;
  }

  #create(): Promise<MetaOptimizer> {
    return attempt(`${this.#where}: Calling create`, () => this.definition.create(this.options, this.#context()));
  }

  async #estimate(subject: MetaOptimizer, step: number, synthetic: EngineTensors): Promise<MetaEstimate> {
    const estimate = await attempt(`${this.#where}: Calling estimate`, () => subject.estimate(step, synthetic));
    const { metaLoss, innerLoss, gradient } = estimate;
    for (const [name, loss] of Object.entries({ metaLoss, innerLoss }))
      check(Number.isFinite(loss), `${this.#where}: The loss ${name} is ${loss} in outer step ${step}.`);
    const { sequences, rank, vocabularySize } = this.#data;
    const shapes = { latents: [sequences, latentPositions(this.#data), rank], decoder: [rank, vocabularySize] };
    for (const key of keys) {
      const found = gradient[key] === undefined ? 'nothing' : `[${gradient[key].shape.join(', ')}]`;
      const wanted = `[${shapes[key].join(', ')}]`;
      check(found === wanted, `${this.#where}: The gradient of ${key} is ${found}, not ${wanted}.`);
    }
    return estimate;
  }

  async #read({ gradient }: MetaEstimate): Promise<Values> {
    const read = async (key: Key): Promise<Float32Array> => {
      const values = await attempt(`${this.#where}: Downloading the gradient of ${key}`, () =>
        this.engine.download(gradient[key] as EngineTensor),
      );
      check(allFinite(values), `${this.#where}: The gradient of ${key} is not finite.`);
      return Float32Array.from(values);
    };
    return { latents: await read('latents'), decoder: await read('decoder') };
  }

  #context(): DistillationContext {
    const model = toyModel();
    return {
      engine: this.engine,
      model,
      learner: { learningRate: 0.05, batchSize: 4, dropout: false, start: this.start, poolSize: 2, maxAge: 12, optimizer: toyOptimizer() },
      data: this.#data,
      train: toySequences(),
      snapshots: [1, 2].map((seed) => initialParameters(model.layout, new RandomStream(seed, 'snapshot'))),
      teacher: this.definition.needsTeacher?.(this.options) === true ? toyTeacher() : undefined,
      stream: new RandomStream(1, 'distillation'),
      trajectory: trajectoryLookup(),
    };
  }
}
