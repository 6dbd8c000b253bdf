import {
  type Metric,
  type MetricAccumulator,
  type MetricContext,
  type MetricDefinition,
  metricOf,
  type Observation,
} from '../evaluation/metric.js';
import { attempt, check, same } from './assert.js';

const CUTOFFS: readonly number[] = [3, 1];
const VOCABULARY = 12;

const context: MetricContext = {
  vocabularySize: VOCABULARY,
  occurrences: Float64Array.from({ length: VOCABULARY }, (_, token) => VOCABULARY - token),
};
const withoutOccurrences: MetricContext = { ...context, occurrences: new Float64Array(VOCABULARY) };

/** Targets at some ranks, with probabilities and lists that go with them: smaller ranks are better predictions. */
function observationsAt(ranks: readonly number[], listLength: number): Observation[] {
  return ranks.map((rank, index) => {
    const target = (index * 5) % VOCABULARY;
    const others = Array.from({ length: VOCABULARY }, (_, token) => (token * 7) % VOCABULARY).filter((token) => token !== target);
    const list = [...others.slice(0, Math.ceil(rank) - 1), target, ...others.slice(Math.ceil(rank) - 1)].slice(0, listLength);
    return { rank, logProbability: -Math.log(1 + rank), characters: 1 + (index % 2), target, case: index, list: Int32Array.from(list) };
  });
}

/** Sets of ranks; a third has a single observation. */
const sets: readonly (readonly number[])[] = [[1, 2.5, 7, 11, 12], [9, 9, 2, 1, 1, 5.5, 3], [4]];

/**
 * Checks that a metric keeps its contract, at two cutoffs if it has any: a finite result after observations, on several
 * sets of data, that is the same when it is asked for again; a fresh accumulator for every start, also when two are
 * filled in turn; the same result in any order; observations and counts are left as they are, as other metrics see them
 * too; it reads nothing that it does not say it needs (lists need a cutoff); lists may be shorter than the cutoff, and
 * a rank may be NaN; better predictions never score worse (not asked of a metric over lists, which may measure
 * something else than being right).
 *
 * @throws ConformanceError naming the check that failed
 */
export async function checkMetric(definition: MetricDefinition): Promise<void> {
  const { id, cutoff, needs = [], tasks } = definition;
  check(tasks.length > 0, `${id}: It is for no task.`);
  check(!needs.includes('lists') || cutoff === 'required', `${id}: It needs lists, and takes no cutoff that would be their length.`);
  for (const key of cutoff === 'required' ? CUTOFFS.map((each) => `${id}@${each}`) : [id])
    await new MetricCheck(metricOf(definition, key)).run();
}

class MetricCheck {
  constructor(private readonly metric: Metric) {}

  async run(): Promise<void> {
    const { key, listLength } = this.metric;
    const given = sets.map((ranks) => observationsAt(ranks, listLength));
    const values: number[] = [];
    for (const observations of given) values.push(await this.#checkOne(observations));
    const [first, second] = given as [Observation[], Observation[]];
    this.#checkInTurn(first, second, values);
    await this.#checkNeeds(first, values[0] as number);
    await attempt(`${key}: Observing a rank that is NaN`, () =>
      this.#resultOf(first.map((each) => ({ ...each, rank: Number.NaN, logProbability: Number.NaN }))),
    );
    if (listLength === 0) given.forEach((observations, index) => this.#checkDirection(observations, values[index] as number));
    else await this.#checkShortLists(first);
  }

  #start(known = context): MetricAccumulator {
    return this.metric.start(known);
  }

  #resultOf(observations: readonly Observation[], accumulator = this.#start()): number {
    for (const observation of observations) accumulator.observe(observation);
    return accumulator.result();
  }

  async #checkOne(observations: readonly Observation[]): Promise<number> {
    const { key } = this.metric;
    const accumulator = this.#start();
    const copies = structuredClone({ observations, occurrences: context.occurrences });
    const value = await attempt(`${key}: Observing`, () => this.#resultOf(observations, accumulator));
    check(Number.isFinite(value), `${key}: The result is ${value} after ${observations.length} observations.`);
    check(accumulator.result() === value, `${key}: The result is another when it is asked for again.`);
    const untouched =
      same(context.occurrences, copies.occurrences) &&
      observations.every((each, index) => same(each.list, copies.observations[index]?.list ?? []));
    check(untouched, `${key}: It changes the lists or counts that it is given.`);
    check(this.#resultOf(observations) === value, `${key}: An accumulator remembers an earlier start.`);
    const reversed = this.#resultOf([...observations].reverse());
    check(Math.abs(reversed - value) <= 1e-9 * Math.max(1, Math.abs(value)), `${key}: The order of observations changes the result.`);
    return value;
  }

  /** Fills two accumulators in turn: neither may see what the other observes. */
  #checkInTurn(a: readonly Observation[], b: readonly Observation[], expected: readonly number[]): void {
    const [first, second] = [this.#start(), this.#start()];
    for (let at = 0; at < Math.max(a.length, b.length); at++) {
      const [left, right] = [a[at], b[at]];
      if (left !== undefined) first.observe(left);
      if (right !== undefined) second.observe(right);
    }
    const alone = first.result() === expected[0] && second.result() === expected[1];
    check(alone, `${this.metric.key}: Two accumulators that are filled in turn share what they observe.`);
  }

  /** What a metric does not ask for may not be there. */
  async #checkNeeds(observations: readonly Observation[], expected: number): Promise<void> {
    const { key, needs } = this.metric;
    const bare = observations.map((each) => ({ ...each, characters: needs.includes('characters') ? each.characters : Number.NaN }));
    const known = needs.includes('occurrences') ? context : withoutOccurrences;
    const value = await attempt(`${key}: Observing`, () => this.#resultOf(bare, this.#start(known)));
    check(value === expected, `${key}: The result is ${value}, not ${expected}, without characters or occurrences: say needs.`);
  }

  /** Where few candidates are left, lists are shorter than the cutoff. */
  async #checkShortLists(observations: readonly Observation[]): Promise<void> {
    for (const most of [this.metric.listLength - 1, 0]) {
      const short = observations.map((each, index) => (index % 2 === 0 ? each : { ...each, list: each.list.subarray(0, most) }));
      const value = await attempt(`${this.metric.key}: Observing`, () => this.#resultOf(short));
      check(Number.isFinite(value), `${this.metric.key}: The result is ${value} where some lists are shorter than the cutoff.`);
    }
  }

  #checkDirection(observations: readonly Observation[], value: number): void {
    const { key, smallerIsBetter } = this.metric;
    const better = this.#resultOf(
      observations.map((each) => ({ ...each, rank: Math.max(1, each.rank / 2), logProbability: each.logProbability / 2 })),
    );
    check(
      smallerIsBetter ? better <= value : better >= value,
      `${key}: Better predictions score ${better}, worse ones ${value}, and ${smallerIsBetter ? 'smaller' : 'larger'} is better.`,
    );
  }
}
