import { invariant } from '../errors.js';

/** A piece of work that may have to wait for others. */
export interface Step {
  /** What has to be done before. */
  readonly needs: readonly Step[];
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Takes steps as soon as what they need is done, earlier ones first, some at the same time. The first that fails ends
 * it: those under way are told to stop and waited for, and no others are begun.
 *
 * @param most - at the same time
 * @throws what the first step that fails throws
 */
export async function takeSteps(steps: readonly Step[], most: number, signal?: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const done = new Set<Step>();
  const waiting = new Set(steps);
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const begin = (step: Step): void => {
    waiting.delete(step);
    const taken = step
      .run(either)
      .then(() => void done.add(step))
      .catch((error: unknown) => {
        failures.push(error);
        stop.abort();
      })
      .finally(() => underWay.delete(taken));
    underWay.add(taken);
  };
  for (;;) {
    while (failures.length === 0 && underWay.size < most) {
      const next = [...waiting].find(({ needs }) => needs.every((each) => done.has(each)));
      if (next === undefined) break;
      begin(next);
    }
    if (underWay.size === 0) break;
    await Promise.race(underWay);
  }
  if (failures.length > 0) throw failures[0];
  invariant(waiting.size === 0, 'Steps need each other, or steps that are not among them.');
}
