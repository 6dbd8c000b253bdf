import type { Dataset } from '../data/dataset.js';
import { occurrencesOf } from '../data/counts.js';
import type { Metric } from '../evaluation/metric.js';
import type { GroupResult, MeasuredStudent } from '../report/summary.js';
import { meanOfCases } from './mean-of-cases.js';

/** Test cases that are looked at apart from the others. */
interface Group extends Pick<GroupResult, 'group' | 'about'> {
  readonly cases: readonly number[];
}

/**
 * The selection metric of students for users with short and with long histories, and for popular and rare targets: what
 * is kept on average may be lost for some. Only where cases are users, and the metric is a mean over them; targets are
 * told apart where every user has one.
 */
export function groupResults(results: readonly MeasuredStudent[], { key }: Metric, dataset: Dataset): GroupResult[] {
  if (dataset.task === 'language') return [];
  const haveOneTarget = dataset.test.every(({ tokens, firstTarget }) => firstTarget === tokens.length - 1);
  const groups = [...byHistory(dataset), ...(haveOneTarget ? byTarget(dataset) : [])].filter(({ cases }) => cases.length > 0);
  return [...new Set(results.map(({ student }) => student))].flatMap((student) => {
    const own = results.filter((result) => result.student === student);
    const means = [...new Set(own.map(({ data }) => data))].flatMap((arm) => {
      const ofArm = own.filter(({ data }) => data === arm);
      const mean = meanOfCases(ofArm, key);
      return mean?.length === dataset.test.length ? [[arm, mean] as const] : [];
    });
    if (means.length === 0) return [];
    return groups.map(({ cases, ...about }): GroupResult => {
      const over = (mean: Float64Array): number => cases.reduce((sum, at) => sum + (mean[at] as number), 0) / cases.length;
      return {
        ...{ student, metric: key, ...about, cases: cases.length },
        values: Object.fromEntries(means.map(([arm, mean]) => [arm, over(mean)])),
      };
    });
  });
}

/** Users with no more events before the target than the middle one has, and the others. */
function byHistory({ test }: Dataset): Group[] {
  const lengths = test.map(({ firstTarget }) => firstTarget);
  const middle = lengths.toSorted((one, other) => one - other)[Math.floor((lengths.length - 1) / 2)] ?? 0;
  return [
    { group: 'short histories', about: `at most ${middle} events before the target`, cases: indicesOf(lengths, (each) => each <= middle) },
    { group: 'long histories', about: `more than ${middle} events before the target`, cases: indicesOf(lengths, (each) => each > middle) },
  ];
}

/** Targets among the fewest items that make up half of the training events, and the others. */
function byTarget({ test, train, vocabulary }: Dataset): Group[] {
  const occurrences = occurrencesOf(train, vocabulary.length);
  const half = occurrences.reduce((sum, each) => sum + each, 0) / 2;
  const popular = new Set<number>();
  let events = 0;
  for (const [item, count] of [...occurrences.entries()].toSorted(([, one], [, other]) => other - one)) {
    if (events >= half) break;
    popular.add(item);
    events += count;
  }
  const targets = test.map(({ tokens }) => tokens.at(-1) as number);
  return [
    {
      group: 'popular targets',
      about: `the ${itemsText(popular.size)} of half of the training events`,
      cases: indicesOf(targets, (item) => popular.has(item)),
    },
    {
      group: 'rare targets',
      about: `the ${itemsText(vocabulary.length - popular.size)} of the other half`,
      cases: indicesOf(targets, (item) => !popular.has(item)),
    },
  ];
}

const itemsText = (count: number): string => (count === 1 ? '1 item' : `${count} items`);

const indicesOf = (values: readonly number[], wanted: (value: number) => boolean): number[] =>
  values.flatMap((value, index) => (wanted(value) ? [index] : []));
