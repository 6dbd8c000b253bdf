/** How often to measure. */
export interface Repetition {
  /** Measurements after a warm-up; 0 takes the warm-up for one. */
  readonly repeats: number;
  /** A warm-up of more seconds than these is the only measurement. */
  readonly patience: number;
}

/** Seconds that something takes. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return (performance.now() - started) / 1000;
}

/** Seconds of every measurement. */
export async function repeated(run: () => Promise<unknown>, { repeats, patience }: Repetition): Promise<number[]> {
  const warmUp = await timed(run);
  if (repeats === 0 || warmUp > patience) return [warmUp];
  const seconds: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) seconds.push(await timed(run));
  return seconds;
}

/** The fastest of some measurements. */
export function fastest(seconds: readonly number[]): number {
  return Math.min(...seconds);
}

/** How much slower than the fastest the slowest was: 0.1 for a tenth. */
export function spread(seconds: readonly number[]): number {
  return Math.max(...seconds) / Math.min(...seconds) - 1;
}
