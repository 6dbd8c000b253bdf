/** A learning rate over a run: `rate(step)` for steps from 0 to `steps - 1`. */
export type Schedule = (step: number) => number;

/** The same rate throughout. */
export function constantSchedule(rate: number): Schedule {
  return () => rate;
}

/** From `rate` down to `rate · floor` along half a cosine (Loshchilov & Hutter, 2017). */
export function cosineSchedule(rate: number, steps: number, floor = 0): Schedule {
  return (step) => {
    const progress = Math.min(1, step / Math.max(1, steps));
    return rate * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress)));
  };
}

/** A schedule by its name in a configuration. */
export function schedule(kind: 'constant' | 'cosine', rate: number, steps: number): Schedule {
  return kind === 'cosine' ? cosineSchedule(rate, steps) : constantSchedule(rate);
}
