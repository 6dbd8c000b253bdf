import { isFarziError } from '../errors.js';
import type { TrainingOptions } from './options.js';
import type { TrainedModel } from './train.js';

/** The rates that options list. */
export function learningRatesOf({ learningRate }: Pick<TrainingOptions, 'learningRate'>): readonly number[] {
  return typeof learningRate === 'number' ? [learningRate] : learningRate;
}

/** A trained model, and the rate it was trained at. */
export interface ChosenRate {
  readonly learningRate: number;
  readonly trained: TrainedModel;
}

/**
 * Trains at every rate and keeps the result that is best on validation. A rate at which training diverges loses to
 * those at which it does not.
 *
 * @throws FARZI_NON_FINITE when training diverges at all of them
 */
export async function chooseRate(rates: readonly number[], trainAt: (learningRate: number) => Promise<TrainedModel>): Promise<ChosenRate> {
  let best: ChosenRate | undefined;
  let diverged: unknown;
  for (const learningRate of rates) {
    try {
      const trained = await trainAt(learningRate);
      if (best === undefined || trained.score > best.trained.score) {
        best?.trained.weights.dispose();
        best = { learningRate, trained };
      } else {
        trained.weights.dispose();
      }
    } catch (error) {
      if (!isFarziError(error) || error.code !== 'FARZI_NON_FINITE') throw error;
      diverged = error;
    }
  }
  if (best === undefined) throw diverged;
  return best;
}

/**
 * For `catch`: students that diverge at every rate are a verdict on what they were trained on, not the end of a run.
 * Anything else is thrown on.
 */
export function lostToDivergence(error: unknown): undefined {
  if (!isFarziError(error) || error.code !== 'FARZI_NON_FINITE') throw error;
}
