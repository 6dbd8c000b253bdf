import { type Metric, valueOfScore } from '../evaluation/metric.js';
import type { Observer } from '../report/reporter.js';
import { shown } from '../report/shown.js';
import type { OuterStepReport } from './outer-loop.js';

/** Tells an observer about an outer loop. */
export class Narration {
  #latest = '';

  constructor(
    private readonly observer: Observer,
    private readonly metric: Metric,
    /** Outer steps. */
    private readonly total: number,
  ) {}

  /** @param doneBefore - outer steps of earlier sessions, `undefined` for a distillation that starts */
  begin(doneBefore: number | undefined): void {
    this.observer.onPhase?.('distillation', { title: 'distilling', total: this.total });
    if (doneBefore !== undefined) this.#progress(doneBefore, 'going on from the checkpoint');
  }

  step({ step, metaLoss, innerLoss, gradientNorm, skipped }: OuterStepReport): void {
    this.#measure('outer loop', step, { metaLoss, innerLoss, gradientNorm });
    if (skipped) this.observer.onNote?.(`Outer step ${step} was skipped: its meta-gradient is not finite.`);
    this.#progress(step, `real-data loss ${shown(metaLoss)}, meta-gradient norm ${shown(gradientNorm)}${this.#latest}`);
  }

  validation(step: number, score: number): void {
    const { key } = this.metric;
    const value = valueOfScore(this.metric, score);
    this.#measure('validation', step, { [key]: value });
    this.#latest = `, validation ${key} ${shown(value)}`;
  }

  #progress(done: number, detail: string): void {
    this.observer.onProgress?.({ phase: 'distillation', done, total: this.total, detail });
  }

  #measure(subject: string, step: number, values: Readonly<Record<string, number>>): void {
    this.observer.onMeasurement?.({ phase: 'distillation', subject, step, values });
  }
}
