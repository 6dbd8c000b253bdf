import { isFarziError } from '../errors.js';
import type { TrainingOptions } from './options.js';

/** The rates that options list. */
export function learningRatesOf({ learningRate }: Pick<TrainingOptions, 'learningRate'>): readonly number[] {
  return typeof learningRate === 'number' ? [learningRate] : learningRate;
}

/** What came of training, and the rate it came of. */
export interface ChosenRate<Trained> {
  readonly learningRate: number;
  readonly trained: Trained;
}

/**
 * Trains at every rate and keeps the result that is best on validation. A rate at which training diverges loses to
 * those at which it does not.
 *
 * @param letGo - of a result that is not the best
 * @throws FARZI_NON_FINITE when training diverges at all of them
 */
export async function chooseRate<Trained extends { readonly score: number }>(
  rates: readonly number[],
  trainAt: (learningRate: number) => Promise<Trained>,
  letGo: (trained: Trained) => void = () => undefined,
): Promise<ChosenRate<Trained>> {
  let best: ChosenRate<Trained> | undefined;
  let diverged: unknown;
  for (const learningRate of rates) {
    try {
      const trained = await trainAt(learningRate);
      if (best === undefined || trained.score > best.trained.score) {
        if (best !== undefined) letGo(best.trained);
        best = { learningRate, trained };
      } else {
        letGo(trained);
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
