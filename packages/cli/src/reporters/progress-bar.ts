import { durationText, type Phase, type Progress, type Summary } from '@farzi/core';
import cliProgress from 'cli-progress';
import type { Stream } from '../io.js';
import { printable } from '../printable.js';
import { PROGRESS, type ProgressReporter } from './progress.js';

const BAR_WIDTH = 24;
const TITLE_WIDTH = 37;

/** What the line of a bar says. */
export interface BarState {
  readonly title: string;
  readonly done: number;
  /** 0: not known. */
  readonly total: number;
  /** Seconds; nothing while it is not known. */
  readonly eta: number | undefined;
  readonly detail: string;
}

/** The line of a bar. */
export function barLine({ title, done, total, eta, detail }: BarState): string {
  if (total <= 0) return `${title}  ${detail}`.trimEnd();
  const filled = Math.round((Math.min(done, total) / total) * BAR_WIDTH);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
  const left = eta === undefined || done >= total ? '' : `  ${durationText(eta)} left`;
  return `${title.padEnd(TITLE_WIDTH)} ${bar} ${done}/${total}${left}  ${detail}`.trimEnd();
}

/** Progress for a terminal: a bar for the current stretch, and above it what stays to be read. */
export class ProgressBar implements ProgressReporter {
  readonly name = PROGRESS;
  readonly #started: number;
  #current:
    | { readonly bars: cliProgress.MultiBar; readonly bar: cliProgress.SingleBar; readonly title: string; readonly since: number }
    | undefined;

  constructor(
    private readonly output: Stream,
    private readonly now: () => number,
  ) {
    this.#started = now();
  }

  onStart({ runDirectory, engine, threads, resumed }: { runDirectory: string; engine: string; threads: number; resumed: boolean }): void {
    this.onNote(`${resumed ? 'Going on with' : 'Starting'} the run in ${runDirectory} on ${engine}, threads: ${threads}`);
  }

  onPhase(_phase: Phase, { title, total = 0 }: { title: string; total?: number }): void {
    this.#endPhase();
    const bars = new cliProgress.MultiBar({
      stream: this.output,
      clearOnComplete: true,
      hideCursor: true,
      gracefulExit: false,
      etaBuffer: 20,
      format: (_options, { value, eta }, payload: { detail: string }) =>
        printable(barLine({ title, done: value, total, eta: Number.isFinite(eta) ? eta : undefined, detail: payload.detail })),
    });
    this.#current = { bars, bar: bars.create(total, 0, { detail: '' }), title, since: this.now() };
  }

  onProgress({ done, detail }: Progress): void {
    this.#current?.bar.update(done, { detail });
  }

  onNote(text: string): void {
    const line = `${printable(text)}\n`;
    if (this.#current === undefined) this.output.write(line);
    else this.#current.bars.log(line);
  }

  onFinish(_summary: Summary, _runDirectory: string): void {
    this.close();
    this.output.write(`Done in ${durationText((this.now() - this.#started) / 1000)}\n`);
  }

  close(): void {
    this.#endPhase();
  }

  #endPhase(): void {
    if (this.#current === undefined) return;
    const { bars, title, since } = this.#current;
    bars.log(printable(`${title}: ${durationText((this.now() - since) / 1000)}\n`));
    // Stopping drops what was logged since the last drawing.
    bars.update();
    bars.stop();
    this.#current = undefined;
  }
}
