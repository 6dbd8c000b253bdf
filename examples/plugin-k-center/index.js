/**
 * k-center (Sener & Savarese, 2018) as a Farzi plugin: synthetic data start from the real sequences that cover all
 * others best, in the space of a teacher's hidden states.
 */
import { defineInitialisation, definePlugin, requireTeacher, sequenceWindows, teacherSynthetic } from '@farzi/core';

export const kCenter = defineInitialisation({
  id: 'k-center',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      candidates: { type: 'integer', minimum: 1, default: 10, description: 'real sequences to choose from, per synthetic sequence' },
    },
  },
  needsTeacher: true,
  create: async ({ candidates }, { shape, train, teacher, stream }) => {
    const { sequences, length } = shape;
    const windows = sequenceWindows(train, { sequences: candidates * sequences, length }, stream.child('windows'));
    const factors = await requireTeacher(teacher).factorsOf(windows);
    const chosen = farthestPoints(lastStates(windows, factors, length), sequences);
    const rows = length * factors.width;
    return teacherSynthetic(
      shape,
      { ids: Int32Array.from(pick(windows.ids, chosen, length)), weights: Float32Array.from(pick(windows.weights, chosen, length)) },
      { ...factors, hidden: Float32Array.from(pick(factors.hidden, chosen, rows)) },
    );
  },
});

/**
 * What the teacher knows at the end of every window: the hidden state at its last target.
 *
 * @param {import('@farzi/core').SequenceWindows} windows
 * @param {import('@farzi/core').TeacherFactors} factors
 * @param {number} length
 */
function lastStates({ weights }, { hidden, width }, length) {
  return Array.from({ length: weights.length / length }, (_, window) => {
    const targets = weights.subarray(window * length, (window + 1) * length).reduce((sum, weight) => sum + weight, 0);
    const row = window * length + Math.max(1, targets) - 1;
    return hidden.subarray(row * width, (row + 1) * width);
  });
}

/**
 * Greedy: the first point, then always the one that is farthest from all that are chosen.
 *
 * @param {readonly Float32Array[]} points
 * @param {number} count
 */
function farthestPoints(points, count) {
  const distances = points.map(() => Infinity);
  return Array.from({ length: count }, () => {
    const farthest = distances.indexOf(Math.max(...distances));
    points.forEach((point, index) => {
      distances[index] = Math.min(distances[index] ?? 0, distance(point, points[farthest] ?? point));
    });
    // even where all distances are 0, no point is chosen twice
    distances[farthest] = -1;
    return farthest;
  });
}

/** @param {Float32Array} a @param {Float32Array} b */
function distance(a, b) {
  return a.reduce((sum, value, index) => sum + (value - (b[index] ?? 0)) ** 2, 0);
}

/**
 * Rows of a flat array.
 *
 * @param {Float32Array | Int32Array} values
 * @param {readonly number[]} rows
 * @param {number} size
 */
function pick(values, rows, size) {
  return rows.flatMap((row) => [...values.subarray(row * size, (row + 1) * size)]);
}

export default definePlugin({ name: 'farzi-example-k-center', core: '>=0.1.0 <1.0.0', initialisations: [kCenter] });
