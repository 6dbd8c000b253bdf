import { distill } from '../distill/distill.js';
import type { Distillation } from '../distill/request.js';
import { distillRequestOf } from './distill-request.js';
import { elsewhereOf } from './elsewhere.js';
import type { Session } from './session.js';

/** Makes the synthetic data of an experiment: {@link distill} with the experiment's settings. */
export function distillSession(session: Session): Promise<Distillation> {
  const { engine, checkpoints, observer, signal } = session;
  return distill({
    ...observer,
    ...distillRequestOf(session),
    ...{ engine, checkpoints, elsewhere: elsewhereOf(session) },
    ...(signal === undefined ? {} : { signal }),
  });
}
