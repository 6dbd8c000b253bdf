import { distill, type Distillation } from '../distill/distill.js';
import type { Session } from './session.js';

/** Makes the synthetic data of an experiment: {@link distill} with the experiment's settings. */
export function distillSession(session: Session): Promise<Distillation> {
  const { experiment, dataset, engine, checkpoints, observer, signal } = session;
  const { config, model, initialisation, storage, teacher, training, distillation, selection, trajectories } = experiment;
  const { initialisation: _initialisation, storage: _storage, ...sizes } = config.synthetic;
  const { batchSize, maskSeen, validationTargets } = config.evaluation;
  return distill({
    ...observer,
    ...distillation,
    ...{ dataset, model, engine, teacher, training, checkpoints, trajectories },
    maxLength: config.maxLength,
    synthetic: { ...sizes, initialisation, storage },
    evaluation: { selection, batchSize, maskSeen, ...(validationTargets === undefined ? {} : { validationTargets }) },
    seed: config.seed,
    // the whole experiment was estimated before it began
    memoryLimit: Infinity,
    ...(signal === undefined ? {} : { signal }),
  });
}
