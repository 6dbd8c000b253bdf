import { describe, expect, it } from 'vitest';
import { engine } from '../../test/engine.js';
import { layoutOf } from '../model/layout.js';
import { normal } from '../model/parameters.js';
import { adam } from '../optimizer/adam.js';
import { RandomStream } from '../random/stream.js';
import { decodeNumbers, encodeSafetensors } from '../storage/safetensors.js';
import type { LearnerState } from '../unroll/learner.js';
import { LearnerPool, singleUse, type SupplyContext } from './learners.js';

const stream = new RandomStream(23, 'learners');
const optimizer = adam({ beta1: 0.9, beta2: 0.99, epsilon: 1e-3, weightDecay: 0 });

/** Plain training that adds 1 to every weight with every step, and remembers how often it was asked. */
function context(snapshots: readonly Float32Array[] = []): SupplyContext & { readonly trained: number[] } {
  const trained: number[] = [];
  return {
    engine,
    layout: layoutOf({ w: normal([3], 1) }),
    optimizer,
    snapshots,
    trained,
    trainPlainly: async (state, steps) => {
      trained.push(steps);
      return aged(state, steps);
    },
  };
}

async function aged(state: LearnerState, steps: number): Promise<LearnerState> {
  const weights = Float32Array.from(await weightsOf(state), (value) => value + steps);
  return { tensors: { ...state.tensors, weights: engine.upload(weights, [3]) }, step: state.step + steps };
}
const weightsOf = async ({ tensors }: LearnerState): Promise<number[]> => [...(await engine.download(tensors['weights'] as never))];

describe('learners for one use', () => {
  it('start at the initial weights of their stream', async () => {
    const supply = singleUse(context(), 'fresh', 0);
    const learner = await supply.take(0, stream.child(1), {});
    expect(learner.step).toBe(0);
    expect(await weightsOf(learner)).toEqual([...stream.child(1, 'weights', 'w').normal(3)]);
    expect(Object.keys(learner.tensors)).toEqual(['weights', 'slot.firstMoment', 'slot.secondMoment']);
    expect(await weightsOf(await supply.take(1, stream.child(2), {}))).not.toEqual(await weightsOf(learner));
    expect(await supply.save()).toEqual({});
    expect(supply.draw(3, stream)).toEqual([0, 1, 2]);
  });

  it('start at snapshots, all of them sooner or later', async () => {
    const supply = singleUse(context([Float32Array.of(1, 1, 1), Float32Array.of(2, 2, 2)]), 'snapshots', 0);
    const seen = new Set<number>();
    for (let index = 0; index < 20; index++) seen.add((await weightsOf(await supply.take(0, stream.child(index), {})))[0] ?? 0);
    expect([...seen].sort((a, b) => a - b)).toEqual([1, 2]);
  });

  it('are warmed up by a number of steps drawn evenly', async () => {
    const given = context();
    const supply = singleUse(given, 'fresh', 4);
    for (let index = 0; index < 200; index++) expect((await supply.take(0, stream.child(index), {})).step).toBe(given.trained[index]);
    const counts = [0, 1, 2, 3, 4].map((steps) => given.trained.filter((each) => each === steps).length);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(200);
    for (const count of counts) expect(count).toBeGreaterThan(20);
  });
});

describe('a pool of learners', () => {
  /** Takes, ages by some steps and gives back, once for every draw; what was given out comes with its age then. */
  async function use(pool: LearnerPool, draws: number, steps: number, from = 0): Promise<number[]> {
    const ages: number[] = [];
    for (let index = from; index < from + draws; index++) {
      const [slot = Number.NaN] = pool.draw(1, stream.child('pool', index));
      const learner = await pool.take(slot, stream.child('pool', index), {});
      ages.push(learner.step);
      pool.giveBack(slot, await aged(learner, steps));
    }
    return ages;
  }

  it('draws different learners, each as often as the others, and the same first one however many they are', () => {
    const pool = new LearnerPool(context(), 5, 10);
    const counts = [0, 0, 0, 0, 0];
    for (let index = 0; index < 500; index++) {
      const drawn = pool.draw(3, stream.child('draw', index));
      expect(new Set(drawn).size).toBe(3);
      expect(pool.draw(1, stream.child('draw', index))).toEqual(drawn.slice(0, 1));
      expect(stream.child('draw', index).integer(5)).toBe(drawn[0]);
      for (const slot of drawn) counts[slot] = (counts[slot] ?? 0) + 1;
    }
    expect(counts.reduce((a, b) => a + b, 0)).toBe(1500);
    for (const count of counts) expect(count).toBeGreaterThan(250);
  });

  it('gives out several learners at a time, and takes them back in any order', async () => {
    const given = context();
    const pool = new LearnerPool(given, 3, 30);
    const [third, first] = [await pool.take(2, stream.child('c'), {}), await pool.take(0, stream.child('a'), {})];
    expect([third.step, first.step]).toEqual([20, 0]);
    pool.giveBack(2, await aged(third, 1));
    pool.giveBack(0, await aged(first, 2));
    expect((await pool.take(0, stream.child('d'), {})).step).toBe(2);
    expect((await pool.take(2, stream.child('e'), {})).step).toBe(21);
    expect(given.trained).toEqual([20, 0]);
  });

  it('starts its learners at staggered ages', async () => {
    const given = context();
    await use(new LearnerPool(given, 4, 100), 60, 0);
    expect([...given.trained].sort((a, b) => a - b)).toEqual([0, 25, 50, 75]);
  });

  it('carries learners on until they have reached their age, then starts them anew', async () => {
    const pool = new LearnerPool(context(), 1, 10);
    expect(await use(pool, 7, 4)).toEqual([0, 4, 8, 0, 4, 8, 0]);
    expect(await use(new LearnerPool(context(), 1, 10), 4, 5)).toEqual([0, 5, 0, 5]);
  });

  it('gives new weights to a learner that is started anew', async () => {
    const pool = new LearnerPool(context(), 1, 1);
    const first = await pool.take(0, stream.child('a'), {});
    const weights = await weightsOf(first);
    pool.giveBack(0, await aged(first, 1));
    expect(await weightsOf(await pool.take(0, stream.child('b'), {}))).not.toEqual(weights);
  });

  it('replaces a learner that was lost', async () => {
    const pool = new LearnerPool(context(), 1, 10);
    await pool.take(0, stream.child('a'), {});
    pool.giveBack(0, undefined);
    expect((await pool.take(0, stream.child('b'), {})).step).toBe(0);
  });

  it('goes on after it was saved and restored as if it never had been', async () => {
    const uninterrupted = new LearnerPool(context(), 12, 9);
    const first = new LearnerPool(context(), 12, 9);
    await use(uninterrupted, 30, 2);
    await use(first, 30, 2);
    const bytes = encodeSafetensors(await first.save());
    const second = new LearnerPool(context(), 12, 9);
    second.restore(decodeNumbers(bytes, 'pool').tensors);
    expect(encodeSafetensors(await second.save())).toEqual(bytes);
    expect(await use(second, 40, 2, 30)).toEqual(await use(uninterrupted, 40, 2, 30));
    expect(await second.save()).toEqual(await uninterrupted.save());
  });

  it('saves learners that exist, and forgets them when it is restored from less', async () => {
    const pool = new LearnerPool(context(), 3, 50);
    await use(pool, 1, 2);
    const saved = await pool.save();
    expect(Object.keys(saved).filter((name) => name.endsWith('.step'))).toHaveLength(1);
    pool.restore({});
    expect(await pool.save()).toEqual({});
  });
});
