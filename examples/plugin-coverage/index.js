/**
 * Coverage and novelty of recommendations as a Farzi plugin: metrics over lists of the k items with the highest scores.
 */
import { defineMetric, definePlugin } from '@farzi/core';

/** Share of the catalogue that is in at least one list. */
export const coverage = defineMetric({
  id: 'coverage',
  tasks: ['recommendation'],
  cutoff: 'required',
  needs: ['lists'],
  smallerIsBetter: false,
  start: (_cutoff, { vocabularySize }) => {
    /** @type {Set<number>} */
    const recommended = new Set();
    return {
      observe: ({ list }) => {
        for (const item of list) recommended.add(item);
      },
      result: () => recommended.size / vocabularySize,
    };
  },
});

/**
 * Mean surprise of a recommended item, `-log2 p(item)`, where p is how often it occurs in training data (with one more
 * event each).
 */
export const novelty = defineMetric({
  id: 'novelty',
  tasks: ['recommendation'],
  cutoff: 'required',
  needs: ['lists', 'occurrences'],
  smallerIsBetter: false,
  start: (_cutoff, { occurrences }) => {
    const total = occurrences.reduce((sum, count) => sum + count + 1, 0);
    const surprise = occurrences.map((count) => -Math.log2((count + 1) / total));
    let [sum, recommended] = [0, 0];
    return {
      observe: ({ list }) => {
        for (const item of list) sum += surprise[item] ?? NaN;
        recommended += list.length;
      },
      result: () => sum / Math.max(1, recommended),
    };
  },
});

export default definePlugin({ name: 'farzi-example-coverage', core: '>=0.1.0 <1.0.0', metrics: [coverage, novelty] });
