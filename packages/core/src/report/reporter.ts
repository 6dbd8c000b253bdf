import { reasonOf } from '../errors.js';
import type { Summary } from './summary.js';

/** The stretches of a long job, in order. */
export type Phase = 'dataset' | 'teacher' | 'distillation' | 'students';

/** How far a stretch of a job is. */
export interface Progress {
  readonly phase: Phase;
  /** Units that are done: steps, students. */
  readonly done: number;
  /** All units of the stretch, where that is known. */
  readonly total?: number;
  /** A short text such as the latest loss. */
  readonly detail: string;
}

/** One measured value of a job; each becomes a line of `metrics.jsonl`. */
export interface Measurement {
  readonly phase: Phase;
  /** What is being trained: `teacher`, `distilled seed 2`, `outer loop`. */
  readonly subject: string;
  readonly step: number;
  /** May be NaN or infinite where something diverged. */
  readonly values: Readonly<Record<string, number>>;
}

/** What a long job tells while it works. All methods are optional. */
export interface Observer {
  /** A stretch begins: `total` units of progress, if that is known. */
  onPhase?(phase: Phase, info: { readonly title: string; readonly total?: number }): void;
  onProgress?(progress: Progress): void;
  onMeasurement?(measurement: Measurement): void;
  /** Something a user should know but need not act on: a skipped step, a student that diverged. */
  onNote?(text: string): void;
  /** A checkpoint was written; a job that is interrupted goes on from here. */
  onCheckpoint?(path: string): void;
}

/** Follows the run of an experiment. All methods are optional. */
export interface Reporter extends Observer {
  /** What notes about it call it: `the HTML report`. */
  readonly name?: string;
  /** The experiment has an engine and a run directory. */
  onStart?(info: { readonly runDirectory: string; readonly engine: string; readonly threads: number; readonly resumed: boolean }): void;
  /** The run is complete. May write files into the run directory. */
  onFinish?(summary: Summary, runDirectory: string): void | Promise<void>;
}

/** Something that follows a run; made once per experiment. */
export interface ReporterDefinition {
  readonly id: string;
  create(): Reporter;
}

/** A reporter and who brought it. */
export interface NamedReporter {
  /** For notes about it: `the reporter "tensorboard"`. */
  readonly name: string;
  readonly reporter: Reporter;
  /** Whether a failure of it ends the run: true for the run's own records only. */
  readonly essential: boolean;
}

/**
 * Calls every reporter that has a method. One that throws is left out from then on, with a note to the others: a run
 * does not lose its results to whoever watches it.
 */
export class Reporters {
  readonly #active: NamedReporter[];

  constructor(reporters: readonly NamedReporter[]) {
    this.#active = [...reporters];
  }

  emit<Name extends Exclude<keyof Reporter, 'onFinish' | 'name'>>(name: Name, ...values: Parameters<NonNullable<Reporter[Name]>>): void {
    for (const each of this.#present()) {
      try {
        const answer = (each.reporter[name] as ((...given: typeof values) => unknown) | undefined)?.call(each.reporter, ...values);
        // nobody waits for a method that works on, but its failure must not end the process
        if (answer instanceof Promise) answer.catch((error: unknown) => this.#drop(each, name, error));
      } catch (error) {
        this.#drop(each, name, error);
      }
    }
  }

  async finish(summary: Summary, runDirectory: string): Promise<void> {
    for (const each of this.#present()) {
      try {
        await each.reporter.onFinish?.(summary, runDirectory);
      } catch (error) {
        this.#drop(each, 'onFinish', error);
      }
    }
  }

  /** The reporters as the observer of a job. */
  observer(): Observer {
    return {
      onPhase: (...values) => this.emit('onPhase', ...values),
      onProgress: (...values) => this.emit('onProgress', ...values),
      onMeasurement: (...values) => this.emit('onMeasurement', ...values),
      onNote: (...values) => this.emit('onNote', ...values),
      onCheckpoint: (...values) => this.emit('onCheckpoint', ...values),
    };
  }

  /** Those that are active when their turn comes: the note about one that failed may make others fail. */
  *#present(): Generator<NamedReporter> {
    for (const each of [...this.#active]) if (this.#active.includes(each)) yield each;
  }

  #drop(failed: NamedReporter, method: string, error: unknown): void {
    if (failed.essential) throw error;
    const at = this.#active.indexOf(failed);
    if (at < 0) return;
    this.#active.splice(at, 1);
    this.emit('onNote', `From now on ${failed.name} is left out: its ${method} failed: ${reasonOf(error)}.`);
  }
}
