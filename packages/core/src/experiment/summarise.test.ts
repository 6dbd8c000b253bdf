import { describe, expect, it } from 'vitest';
import type { Metric } from '../evaluation/metric.js';
import { retention, shortOfSteps } from './summarise.js';
import type { StudentResult } from '../report/summary.js';

const metric = (key: string, smallerIsBetter = false): Metric => ({
  key,
  smallerIsBetter,
  tasks: ['recommendation'],
  needs: [],
  listLength: 0,
  start: () => ({ observe: () => undefined, result: () => 0 }),
});
const result = (data: string, student: string, metrics: Readonly<Record<string, number>>): StudentResult => ({
  data,
  student,
  seed: 1,
  sequences: 5,
  trainingSeconds: 1,
  trainingSteps: 1,
  metrics,
});
const metrics = [metric('hr@10'), metric('perplexity', true)];

describe('retention', () => {
  it('is the mean on distilled over the mean on full data, turned where smaller is better', () => {
    const results = [
      result('full', 'a', { 'hr@10': 0.2, perplexity: 90 }),
      result('full', 'a', { 'hr@10': 0.4, perplexity: 110 }),
      result('distilled', 'a', { 'hr@10': 0.3, perplexity: 150 }),
      result('distilled', 'a', { 'hr@10': 0.24, perplexity: 250 }),
      result('random', 'a', { 'hr@10': 9, perplexity: 9 }),
    ];
    const { a } = retention(results, metrics);
    expect(a?.['hr@10']).toBeCloseTo(0.9, 12);
    expect(a?.['perplexity']).toBeCloseTo(0.5, 12);
  });

  it('is given for every student on its own', () => {
    const results = ['a', 'b'].flatMap((student, index) => [
      result('full', student, { 'hr@10': 0.5, perplexity: 10 }),
      result('distilled', student, { 'hr@10': 0.5 / (index + 1), perplexity: 10 * (index + 1) }),
    ]);
    expect(retention(results, metrics)).toEqual({ a: { 'hr@10': 1, perplexity: 1 }, b: { 'hr@10': 0.5, perplexity: 0.5 } });
  });

  it.each([
    ['no student on full data', [result('distilled', 'a', { 'hr@10': 0.1, perplexity: 3 })]],
    ['no student on distilled data', [result('full', 'a', { 'hr@10': 0.1, perplexity: 3 })]],
    ['nothing to retain', [result('full', 'a', { 'hr@10': 0, perplexity: 0 }), result('distilled', 'a', { 'hr@10': 0.1, perplexity: 0 })]],
    ['a value that is not finite', [result('full', 'a', { perplexity: 10 }), result('distilled', 'a', { perplexity: Number.NaN })]],
  ])('is left out where there is %s', (_name, results) => {
    expect(retention(results, metrics)).toEqual({ a: {} });
  });

  it('is 0 for an infinite perplexity, and never infinite itself', () => {
    const infinite = [result('full', 'a', { perplexity: 10 }), result('distilled', 'a', { perplexity: Infinity })];
    expect(retention(infinite, metrics)).toEqual({ a: { perplexity: 0 } });
    const results = [result('full', 'a', { perplexity: 10 }), result('distilled', 'a', { perplexity: 0 })];
    expect(retention(results, metrics)).toEqual({ a: {} });
  });
});

describe('students on the full data', () => {
  const limits = { maxSteps: 400, patience: 4, evaluateEvery: 25 };
  const after = (data: string, trainingSteps: number): StudentResult => ({ ...result(data, 'a', { 'hr@10': 0.1 }), trainingSteps });

  it('are told of where their steps ended before validation stopped improving', () => {
    expect(shortOfSteps([after('full', 400), after('full', 325), after('full', 300), after('distilled', 400)], limits)).toEqual([
      '2 of 3 students on the full data had not stopped improving when their 400 steps ended: with a larger fullTraining.maxSteps they may do better, and others retain less.',
    ]);
  });

  it('are not told of where they had', () => {
    expect(shortOfSteps([after('full', 300), after('distilled', 400)], limits)).toEqual([]);
  });

  it('are not told of where they diverged before the first validation', () => {
    expect(shortOfSteps([{ ...after('full', 0), metrics: {} }], { ...limits, maxSteps: 50 })).toEqual([]);
  });
});
