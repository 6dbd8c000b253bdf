import { isFarziError } from '../errors.js';
import type { RandomStream } from '../random/stream.js';
import type { TrainingSource } from '../unroll/source.js';
import { train, type TrainedModel, type TrainingRequest } from '../training/train.js';
import type { TrainingConfig } from '../config/schema.js';

/** The rates a configuration lists. */
export function learningRates({ learningRate }: Pick<TrainingConfig, 'learningRate'>): readonly number[] {
  return typeof learningRate === 'number' ? [learningRate] : learningRate;
}

/** Trains one student from a section of the configuration at one learning rate. */
export function trainStudent(
  config: TrainingConfig,
  learningRate: number,
  source: TrainingSource,
  stream: RandomStream,
  rest: Omit<TrainingRequest, 'budget' | 'source' | 'stream'>,
): Promise<TrainedModel> {
  return train({ ...rest, source, stream, budget: { ...config, learningRate } });
}

export interface ChosenRate {
  readonly learningRate: number;
  readonly trained: TrainedModel;
}

/**
 * Trains at every rate and keeps the result that is best on validation. A rate at which training diverges loses to those at which it does not.
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

/** For `catch`: students that diverge at every rate are a verdict on what they were trained on, not the end of a run. Anything else is thrown on. */
export function lostToDivergence(error: unknown): undefined {
  if (!isFarziError(error) || error.code !== 'FARZI_NON_FINITE') throw error;
}
