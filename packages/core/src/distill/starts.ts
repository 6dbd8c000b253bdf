import { type Metric, valueOfScore } from '../evaluation/metric.js';
import type { Observer } from '../report/reporter.js';
import { shown } from '../report/shown.js';
import { throwIfAborted } from '../training/interruption.js';

/** Starts of a distillation that are chosen from. */
export interface StartsRequest {
  readonly count: number;
  /** What a student that is trained on a start scores on validation: the larger, the better. */
  judge(start: number): Promise<number>;
  readonly metric: Metric;
  readonly observer: Observer;
  readonly signal?: AbortSignal;
}

/** The start whose student is the best on validation, the first of those that are equal. */
export async function bestStart({ count, judge, metric, observer, signal }: StartsRequest): Promise<number> {
  if (count === 1) return 0;
  observer.onPhase?.('distillation', { title: 'choosing among starts', total: count });
  const scores: number[] = [];
  for (let start = 0; start < count; start++) {
    throwIfAborted(signal);
    const score = await judge(start);
    const value = valueOfScore(metric, score);
    scores.push(score);
    observer.onMeasurement?.({ phase: 'distillation', subject: 'start', step: start + 1, values: { [metric.key]: value } });
    observer.onProgress?.({ phase: 'distillation', done: start + 1, total: count, detail: `validation ${metric.key} ${shown(value)}` });
  }
  const best = scores.indexOf(Math.max(...scores));
  const told = scores.map((score) => shown(valueOfScore(metric, score)));
  const others = told.filter((_, start) => start !== best).join(', ');
  observer.onNote?.(
    `Of ${count} starts number ${best + 1} is improved: its student has ${metric.key} ${told[best] ?? ''} on validation, those of the others have ${others}.`,
  );
  return best;
}
