import type { Observation } from '../evaluation/metric.js';
import type { MetricDefinition } from '../plugin/define.js';
import { check } from './assert.js';

const CUTOFF = 10;

/**
 * Checks that a metric keeps its contract: a fresh accumulator for every start, a finite result after observations, the same result in any order, and better predictions never score worse.
 *
 * @throws ConformanceError naming the check that failed
 */
export function checkMetric(definition: MetricDefinition): void {
  const { id, smallerIsBetter } = definition;
  const result = (observations: readonly Observation[]): number => {
    const accumulator = definition.start(definition.cutoff === 'required' ? CUTOFF : 0);
    for (const observation of observations) accumulator.observe(observation);
    return accumulator.result();
  };
  const observations = [1, 2.5, 7, 11, 40].map((rank) => ({ rank, logProbability: -Math.log(1 + rank), characters: 1 }));
  const value = result(observations);
  check(Number.isFinite(value), `${id}: the result is ${value} after ${observations.length} observations`);
  check(result(observations) === value, `${id}: an accumulator remembers an earlier start`);
  check(Math.abs(result([...observations].reverse()) - value) < 1e-9, `${id}: the order of observations changes the result`);
  const better = result(
    observations.map(({ rank, logProbability, characters }) => ({
      rank: Math.max(1, rank / 2),
      logProbability: logProbability / 2,
      characters,
    })),
  );
  check(
    smallerIsBetter ? better <= value : better >= value,
    `${id}: better predictions score ${better}, worse ones ${value}, and ${smallerIsBetter ? 'smaller' : 'larger'} is better`,
  );
}
