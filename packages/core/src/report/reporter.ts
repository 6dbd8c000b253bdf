import type { Summary } from './summary.js';

/** The stretches of an experiment, in order. */
export type Phase = 'dataset' | 'teacher' | 'distillation' | 'students';

/** One measured value over a run; each becomes a line of `metrics.jsonl`. */
export interface Measurement {
  readonly phase: Phase;
  /** What is being trained: `teacher`, `distilled seed 2`, `outer loop`. */
  readonly subject: string;
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/** What an experiment tells while it runs. All methods are optional. */
export interface Reporter {
  /** The experiment has an engine and a run directory. */
  onStart?(info: { readonly runDirectory: string; readonly engine: string; readonly threads: number; readonly resumed: boolean }): void;
  /** A stretch begins: `total` units of progress, if that is known. */
  onPhase?(phase: Phase, info: { readonly title: string; readonly total?: number }): void;
  /** `done` units of the current stretch's total are done; `detail` is a short text such as the latest loss. */
  onProgress?(done: number, detail: string): void;
  onMeasurement?(measurement: Measurement): void;
  /** Something a user should know but need not act on: a passed-over engine, a skipped step. */
  onNote?(text: string): void;
  /** A checkpoint was written; a run that is interrupted goes on from here. */
  onCheckpoint?(path: string): void;
  /** The run is complete. May write files into the run directory. */
  onFinish?(summary: Summary, runDirectory: string): void | Promise<void>;
}

/** Calls a method of every reporter that has it. */
export class Reporters {
  constructor(private readonly reporters: readonly Reporter[]) {}

  emit<Name extends Exclude<keyof Reporter, 'onFinish'>>(name: Name, ...values: Parameters<NonNullable<Reporter[Name]>>): void {
    for (const reporter of this.reporters) (reporter[name] as ((...given: typeof values) => void) | undefined)?.call(reporter, ...values);
  }

  async finish(summary: Summary, runDirectory: string): Promise<void> {
    for (const reporter of this.reporters) await reporter.onFinish?.(summary, runDirectory);
  }
}
