import { type MetricAccumulator, type MetricContext, type MetricDefinition, metricOf, type Observation } from '../evaluation/metric.js';
import { check } from './assert.js';

const CUTOFF = 3;
const VOCABULARY = 12;

const context: MetricContext = {
  vocabularySize: VOCABULARY,
  occurrences: Float64Array.from({ length: VOCABULARY }, (_, token) => VOCABULARY - token),
};

/** Targets at some ranks, with probabilities and lists that go with them: smaller ranks are better predictions. */
function observationsAt(ranks: readonly number[]): Observation[] {
  return ranks.map((rank, index) => {
    const target = (index * 5) % VOCABULARY;
    const others = Array.from({ length: VOCABULARY }, (_, token) => token).filter((token) => token !== target);
    const list = [...others.slice(0, Math.ceil(rank) - 1), target, ...others.slice(Math.ceil(rank) - 1)].slice(0, CUTOFF);
    return { rank, logProbability: -Math.log(1 + rank), characters: 1 + (index % 2), target, case: index, list: Int32Array.from(list) };
  });
}

function resultOf(accumulator: MetricAccumulator, observations: readonly Observation[]): number {
  for (const observation of observations) accumulator.observe(observation);
  return accumulator.result();
}

/**
 * Checks that a metric keeps its contract: a finite result after observations, on several sets of data; a fresh accumulator for every start, also when two
 * are filled in turn; the same result in any order; better predictions never score worse (not asked of a metric over lists, which may measure something
 * else than being right).
 *
 * @throws ConformanceError naming the check that failed
 */
export function checkMetric(definition: MetricDefinition): void {
  const { id, smallerIsBetter } = definition;
  const metric = metricOf(definition, definition.cutoff === 'required' ? `${id}@${CUTOFF}` : id);
  const start = (): MetricAccumulator => metric.start(context);
  const sets = [[1, 2.5, 7, 11, 12], [4], [9, 9, 2, 1, 1, 5.5, 3]].map(observationsAt);
  const values = sets.map((observations) => resultOf(start(), observations));
  values.forEach((value, index) => {
    const observations = sets[index] as Observation[];
    check(Number.isFinite(value), `${id}: the result is ${value} after ${observations.length} observations`);
    check(resultOf(start(), observations) === value, `${id}: an accumulator remembers an earlier start`);
    const reversed = resultOf(start(), [...observations].reverse());
    check(Math.abs(reversed - value) <= 1e-9 * Math.max(1, Math.abs(value)), `${id}: the order of observations changes the result`);
  });
  checkInterleaved(id, start, sets[0] as Observation[], sets[2] as Observation[], [values[0] as number, values[2] as number]);
  if (metric.listLength > 0) return;
  for (const [index, observations] of sets.entries()) {
    const value = values[index] as number;
    const better = resultOf(
      start(),
      observations.map((each) => ({ ...each, rank: Math.max(1, each.rank / 2), logProbability: each.logProbability / 2 })),
    );
    check(
      smallerIsBetter ? better <= value : better >= value,
      `${id}: better predictions score ${better}, worse ones ${value}, and ${smallerIsBetter ? 'smaller' : 'larger'} is better`,
    );
  }
}

/** Fills two accumulators in turn: neither may see what the other observes. */
function checkInterleaved(
  id: string,
  start: () => MetricAccumulator,
  a: readonly Observation[],
  b: readonly Observation[],
  expected: readonly [number, number],
): void {
  const [first, second] = [start(), start()];
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [left, right] = [a[at], b[at]];
    if (left !== undefined) first.observe(left);
    if (right !== undefined) second.observe(right);
  }
  const same = first.result() === expected[0] && second.result() === expected[1];
  check(same, `${id}: two accumulators that are filled in turn share what they observe`);
}
