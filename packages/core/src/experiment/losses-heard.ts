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

  /** The losses, in order: also those from before an interruption, which a training that goes on tells again. */
  get all(): LossAt[] {
    return [...this.#losses].map(([step, loss]) => ({ step, loss })).sort((one, other) => one.step - other.step);
  }
}
