import type { Measurement, Reporter } from '../report/reporter.js';
import type { RunDirectory } from '../run/directory.js';
import { stringifyExact } from '../storage/exact-json.js';

const METRICS = 'metrics.jsonl';

/**
 * Writes measurements to `metrics.jsonl`, one after the other: appends that run at once may end up in any order.
 * Steps that a crash makes a run take again give the same lines, which are not written again.
 */
export class MeasurementRecorder implements Reporter {
  readonly #known = new Set<string>();
  #last = Promise.resolve();

  constructor(private readonly directory: RunDirectory) {}

  /** Reads what an earlier session measured, once the directory is the run's. */
  begin(): void {
    this.#last = this.#readEarlier();
    // a failure is the business of whoever waits for it, not of the process
    this.#last.catch(() => undefined);
  }

  onMeasurement(measurement: Measurement): void {
    this.#last = this.#last.then(() => this.#write(measurement));
    this.#last.catch(() => undefined);
  }

  /** Also removes a last line that a crash cut short, which the next would go on with. */
  async #readEarlier(): Promise<void> {
    const text = (await this.directory.readText(METRICS)) ?? '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    for (const line of whole.split('\n')) this.#known.add(line);
    if (whole !== text) await this.directory.writeText(METRICS, whole);
  }

  async #write(measurement: Measurement): Promise<void> {
    if (!this.#known.has(stringifyExact(measurement))) await this.directory.appendLine(METRICS, measurement);
  }

  /** Resolves when all measurements are on disk; rejects when one could not be written. */
  written(): Promise<void> {
    return this.#last;
  }
}
