import type { Observer } from '../report/reporter.js';
import type { LossAt } from '../training/train.js';

/** Listens to a training, for whoever could not. */
export class LossesHeard {
  readonly #losses = new Map<number, number>();
  /** To be told of the training; passes all on. */
  readonly observer: Observer;

  constructor(observer: Observer) {
    this.observer = {
      ...observer,
      onMeasurement: (measurement) => {
        this.#losses.set(measurement.step, measurement.values['loss'] ?? Number.NaN);
        observer.onMeasurement?.(measurement);
      },
    };
  }

  /**
   * The losses, in order.
   *
   * @param history - of the whole training: it holds what was measured before an interruption
   */
  with(history: readonly LossAt[] = []): LossAt[] {
    for (const { step, loss } of history) this.#losses.set(step, loss);
    return [...this.#losses].map(([step, loss]) => ({ step, loss })).sort((one, other) => one.step - other.step);
  }
}
