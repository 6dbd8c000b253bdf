import { noOptions } from '../../options/schema.js';
import type { RandomStream } from '../../random/stream.js';
import { requireFactors, requireTeacher, type TeacherView } from '../../synthetic/teacher-view.js';
import type { ArmDefinition } from '../arm.js';
import { realArm } from './real-arm.js';

/** Sequences whose states are on the engine and in memory at once. */
const AT_ONCE = 500;

/** An arm of as many real sequences as there are synthetic ones, chosen by what a teacher knows at their ends. */
function coreset(
  id: string,
  choose: (points: readonly Float32Array[], count: number, stream: RandomStream) => readonly number[],
): ArmDefinition<unknown> {
  return {
    id,
    schema: noOptions,
    budget: 'training',
    trainsOn: 'real',
    needsTeacher: true,
    check: (_options, learner) => {
      requireFactors(learner, `arm "${id}"`, 'Leave it out of evaluation.arms');
    },
    create: async (_options, { train, length, teacher, stream, synthetic: { initial } }) => {
      const states = await lastStates(requireTeacher(teacher), train, length);
      const chosen = choose(states, Math.min(initial.sequences, train.length), stream.child(id));
      return realArm(chosen.map((index) => (train[index] as Int32Array).slice(-(length + 1))));
    },
  };
}

/** Sequences that cover all others best: greedy k-center (Sener & Savarese, 2018), from a random one on. */
export const kCenter = coreset('k-center', (points, count, stream) => farthestPoints(points, count, stream.integer(points.length)));

/** Sequences whose mean state is near that of all: herding (Welling, 2009). */
export const herding = coreset('herding', (points, count) => herd(points, count));

/** The teacher's hidden state at the last event of every sequence, of which it reads the last `length`. */
async function lastStates(teacher: TeacherView, train: readonly Int32Array[], length: number): Promise<Float32Array[]> {
  const states: Float32Array[] = [];
  for (let from = 0; from < train.length; from += AT_ONCE) {
    const read = train.slice(from, from + AT_ONCE).map((sequence) => sequence.subarray(-length));
    const ids = new Int32Array(read.length * length);
    read.forEach((events, row) => {
      ids.set(events, row * length);
    });
    const { hidden, width } = await teacher.factorsOf({ ids });
    read.forEach((events, row) => {
      const last = row * length + events.length - 1;
      states.push(hidden.slice(last * width, (last + 1) * width));
    });
  }
  return states;
}

/**
 * Greedy: a first point, then always the one that is farthest from all that are chosen.
 *
 * @returns indices of `count` different points
 */
export function farthestPoints(points: readonly Float32Array[], count: number, first: number): number[] {
  const distances = points.map(() => Infinity);
  let next = first;
  return Array.from({ length: count }, () => {
    const chosen = next;
    points.forEach((point, index) => {
      distances[index] = Math.min(distances[index] as number, squaredDistance(point, points[chosen] as Float32Array));
    });
    // even where all distances are 0, no point is chosen twice
    distances[chosen] = -1;
    next = indexOfLargest(distances);
    return chosen;
  });
}

/**
 * Herding: the point along the direction that is left, which then becomes `direction + mean - point`; it starts as the
 * mean.
 *
 * @returns indices of `count` different points
 */
export function herd(points: readonly Float32Array[], count: number): number[] {
  const mean = meanOf(points);
  const direction = Float64Array.from(mean);
  const chosen = new Set<number>();
  while (chosen.size < count) {
    const next = indexOfLargest(points.map((point, index) => (chosen.has(index) ? -Infinity : innerProduct(point, direction))));
    chosen.add(next);
    const point = points[next] as Float32Array;
    direction.forEach((value, at) => {
      direction[at] = value + (mean[at] as number) - (point[at] as number);
    });
  }
  return [...chosen];
}

function meanOf(points: readonly Float32Array[]): Float64Array {
  const mean = new Float64Array(points[0]?.length ?? 0);
  for (const point of points) for (const [at, value] of point.entries()) mean[at] = (mean[at] as number) + value / points.length;
  return mean;
}

const squaredDistance = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, at) => sum + (value - (b[at] as number)) ** 2, 0);

const innerProduct = (a: Float32Array, b: Float64Array): number => a.reduce((sum, value, at) => sum + value * (b[at] as number), 0);

/** The first one where there are several. */
const indexOfLargest = (values: readonly number[]): number =>
  values.reduce((best, value, at) => (value > (values[best] as number) ? at : best), 0);
