import { meanAndDeviation, type StudentResult, type Summary } from '@farzi/core';
import { arms } from './arms.js';

/** The metric that retention is told for. */
export interface Selection {
  readonly key: string;
  readonly smallerIsBetter: boolean;
}

export interface Statistic {
  readonly mean: number;
  readonly deviation: number;
  readonly count: number;
}

/** All seeds of one student on one kind of data. */
interface ResultRow {
  readonly data: string;
  /** Sequences that were trained on. */
  readonly sequences: number;
  readonly metrics: readonly Statistic[];
  /** Nothing for what is not trained. */
  readonly seconds: number | undefined;
  readonly steps: number | undefined;
  /** Of the selection metric, compared with the full data; 1 is as good. */
  readonly retention: number | undefined;
}

/** The results of one student. */
export interface ResultBlock {
  readonly student: string;
  readonly metrics: readonly string[];
  readonly rows: readonly ResultRow[];
}

/**
 * A summary's results, a block for each student and in it a row for each kind of data, in the order in which they first
 * appear.
 */
export function resultBlocks(summary: Summary, selection: Selection): ResultBlock[] {
  return distinct(summary.results, ({ student }) => student).map((student) => {
    const results = summary.results.filter((result) => result.student === student);
    const metrics = [...new Set(results.flatMap((result) => Object.keys(result.metrics)))];
    const ofArm = (data: string): StudentResult[] => results.filter((result) => result.data === data);
    const full = statistic(ofArm(arms.full), ({ metrics: values }) => values[selection.key]).mean;
    const rows = distinct(results, ({ data }) => data).map((data) => rowOf(data, ofArm(data), metrics, { ...selection, full }));
    return { student, metrics, rows };
  });
}

function rowOf(
  data: string,
  results: readonly StudentResult[],
  metrics: readonly string[],
  selection: Selection & { full: number },
): ResultRow {
  const steps = statistic(results, ({ trainingSteps }) => trainingSteps).mean;
  const own = statistic(results, ({ metrics: values }) => values[selection.key]).mean;
  const retention = selection.smallerIsBetter ? selection.full / own : own / selection.full;
  return {
    data,
    sequences: results[0]?.sequences ?? Number.NaN,
    metrics: metrics.map((key) => statistic(results, ({ metrics: values }) => values[key])),
    seconds: steps > 0 ? statistic(results, ({ trainingSeconds }) => trainingSeconds).mean : undefined,
    steps: steps > 0 ? steps : undefined,
    retention: Number.isFinite(retention) ? retention : undefined,
  };
}

/** All users; or for a text, whose documents may be of any length, all windows that it is cut into. */
export function wholeSequences({ dataset, synthetic }: Summary): number {
  return dataset.users ?? Math.round(synthetic.sequences / synthetic.fractionOfSequences);
}

function statistic(results: readonly StudentResult[], read: (result: StudentResult) => number | undefined): Statistic {
  const values = results.map((result) => read(result) ?? Number.NaN);
  return values.length === 0
    ? { mean: Number.NaN, deviation: Number.NaN, count: 0 }
    : { ...meanAndDeviation(values), count: values.length };
}

function distinct<T>(items: readonly T[], name: (item: T) => string): string[] {
  return [...new Set(items.map(name))];
}
