import type { ResolvedExperiment } from '../config/resolve.js';
import type { DistillRequest } from '../distill/request.js';
import type { Session } from './session.js';

/** What an experiment asks to be distilled, and how. */
export function distillRequestOf({ experiment, dataset }: Pick<Session, 'experiment' | 'dataset'>): DistillRequest {
  const { config, model, initialisation, storage, teacher, training, distillation, selection, trajectories } = experiment;
  const { initialisation: _initialisation, storage: _storage, vocabulary: _vocabulary, ...sizes } = config.synthetic;
  const { batchSize, maskSeen, validationTargets } = config.evaluation;
  return {
    ...distillation,
    ...{ dataset, model, teacher, training, trajectories },
    needsTeacher: armsNeedTeacher(experiment),
    maxLength: config.maxLength,
    synthetic: { ...sizes, initialisation, storage },
    evaluation: { selection, batchSize, maskSeen, ...(validationTargets === undefined ? {} : { validationTargets }) },
    seed: config.seed,
    // the whole experiment was estimated before it began
    memoryLimit: Infinity,
  };
}

/** Whether students are compared on data that a teacher is asked for. */
export const armsNeedTeacher = ({ arms }: Pick<ResolvedExperiment, 'arms'>): boolean =>
  arms.some(({ definition }) => definition.needsTeacher === true);
