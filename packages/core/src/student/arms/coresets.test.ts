import { describe, expect, it } from 'vitest';
import { armContext } from '../../../test/arm-context.js';
import { requireTeacher } from '../../synthetic/teacher-view.js';
import { RandomStream } from '../../random/stream.js';
import type { ArmContext } from '../arm.js';
import { farthestPoints, herd, herding, kCenter } from './coresets.js';

const line = (...values: readonly number[]): Float32Array[] => values.map((value) => Float32Array.of(value));

describe('greedy k-center', () => {
  it('takes the point that is farthest from those that are taken', () => {
    expect(farthestPoints(line(0, 1, 2, 10, 7), 4, 1)).toEqual([1, 3, 4, 0]);
    expect(farthestPoints(line(0, 1, 2, 10, 7), 3, 3)).toEqual([3, 0, 4]);
  });

  it('takes no point twice, also where all are the same', () => {
    expect(farthestPoints(line(3, 3, 3), 3, 1).sort((a, b) => a - b)).toEqual([0, 1, 2]);
  });
});

describe('herding', () => {
  it('takes the points whose mean is near that of all', () => {
    const stream = new RandomStream(1, 'herding');
    const points = Array.from({ length: 200 }, () => stream.normal(3).map((value) => value + 1));
    const meanOf = (chosen: readonly number[]): number[] =>
      [0, 1, 2].map((at) => chosen.reduce((sum, index) => sum + (points[index]?.[at] ?? 0) / chosen.length, 0));
    const all = meanOf(points.map((_, index) => index));
    const distance = (chosen: readonly number[]): number => Math.hypot(...meanOf(chosen).map((value, at) => value - (all[at] ?? 0)));
    const herded = herd(points, 20);
    expect(new Set(herded).size).toBe(20);
    const drawn = Array.from({ length: 20 }, () => distance(stream.distinct(200, 20)));
    expect(distance(herded)).toBeLessThan(Math.min(...drawn) / 2);
  });

  it('follows the recursion of Welling (2009)', () => {
    // the mean is 2; directions: 2, then 2 + 2 - 5 = -1, then -1 + 2 - 0 = 1
    expect(herd(line(0, 1, 5, 2), 3)).toEqual([2, 0, 3]);
  });
});

describe.each([kCenter, herding])('$id', (definition) => {
  const chosenIn = async (context: ArmContext): Promise<string[]> => {
    const arm = await definition.create({}, context);
    if (!('data' in arm) || arm.data.kind !== 'real') throw new TypeError('no real data');
    return arm.data.sequences.map((sequence) => sequence.join());
  };

  it('chooses by the teacher at the ends of sequences, of which it keeps the ends', async () => {
    const context = armContext('soft', true);
    const states: Float32Array[] = [];
    for (const sequence of context.train) {
      const ids = new Int32Array(4);
      const read = sequence.slice(-4);
      ids.set(read);
      const { hidden, width } = await requireTeacher(context.teacher).factorsOf({ ids });
      states.push(hidden.slice((read.length - 1) * width, read.length * width));
    }
    const first = context.stream.child('k-center').integer(context.train.length);
    const expected = definition === kCenter ? farthestPoints(states, 5, first) : herd(states, 5);
    expect(await chosenIn(context)).toEqual(expected.map((index) => context.train[index]?.slice(-5).join()));
  });

  it('takes all sequences where there are fewer than synthetic ones', async () => {
    const context = armContext('soft', true);
    const few = context.train.slice(0, 3);
    expect((await chosenIn({ ...context, train: few })).sort()).toEqual(few.map((sequence) => sequence.slice(-5).join()).sort());
  });
});

it('a teacher is asked about many sequences in parts, in their order', async () => {
  const context = armContext('soft', true);
  const train = Array.from({ length: 1100 }, (_, index) => Int32Array.of(index % 11, Math.floor(index / 11) % 11, Math.floor(index / 121)));
  const whole = await herding.create({}, { ...context, train });
  const state = async (sequence: Int32Array): Promise<Float32Array> => {
    const ids = new Int32Array(4);
    ids.set(sequence);
    const { hidden, width } = await requireTeacher(context.teacher).factorsOf({ ids });
    return hidden.slice(2 * width, 3 * width);
  };
  if (!('data' in whole) || whole.data.kind !== 'real') throw new TypeError('no real data');
  const ids = new Int32Array(1100 * 4);
  train.forEach((sequence, row) => {
    ids.set(sequence, row * 4);
  });
  const { hidden, width } = await requireTeacher(context.teacher).factorsOf({ ids });
  const points = train.map((_, row) => hidden.slice((row * 4 + 2) * width, (row * 4 + 3) * width));
  expect(points[777]).toEqual(await state(train[777] ?? new Int32Array()));
  expect(whole.data.sequences).toEqual(herd(points, 5).map((index) => train[index]));
});
