import { durationText, type Phase, type Progress, type Summary } from '@farzi/core';
import type { Output } from '../io.js';
import { PROGRESS, type ProgressReporter } from './progress.js';

const BETWEEN_LINES_MILLISECONDS = 5000;

/** Progress for log files: a line for every stretch and note, and for progress at most one in five seconds. */
export class ProgressLines implements ProgressReporter {
  readonly name = PROGRESS;
  readonly #started: number;
  #total: number | undefined;
  #lastLine = Number.NEGATIVE_INFINITY;
  #lastDetail = '';

  constructor(
    private readonly output: Pick<Output, 'write'>,
    private readonly now: () => number,
  ) {
    this.#started = now();
  }

  onStart({ runDirectory, engine, threads, resumed }: { runDirectory: string; engine: string; threads: number; resumed: boolean }): void {
    this.#line(`${resumed ? 'going on with' : 'starting'} the run in ${runDirectory} on ${engine}, threads: ${threads}`);
  }

  onPhase(_phase: Phase, { title, total }: { title: string; total?: number }): void {
    this.#total = total;
    this.#lastLine = this.now();
    this.#line(`${title}${total === undefined ? '' : ` (0/${total})`}`);
  }

  onProgress({ done, detail }: Progress): void {
    const now = this.now();
    if (now - this.#lastLine < BETWEEN_LINES_MILLISECONDS) return;
    if (this.#total === undefined && detail === this.#lastDetail) return;
    this.#lastLine = now;
    this.#lastDetail = detail;
    const count = this.#total === undefined ? '' : `${done}/${this.#total}`;
    this.#line(`  ${[count, detail].filter((part) => part !== '').join(' ')}`);
  }

  onNote(text: string): void {
    this.#line(text);
  }

  onFinish(_summary: Summary, _runDirectory: string): void {
    this.#line(`done in ${durationText((this.now() - this.#started) / 1000)}`);
  }

  close(): void {
    // Lines need no cleaning up.
  }

  #line(text: string): void {
    const seconds = String(Math.floor((this.now() - this.#started) / 1000)).padStart(5);
    this.output.write(`[${seconds} s] ${text}\n`);
  }
}
