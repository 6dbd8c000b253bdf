import { FarziError } from '../errors.js';
import type { Measurement, Reporter } from '../report/reporter.js';
import type { RunDirectory } from '../run/directory.js';
import { METRICS } from '../run/own-files.js';
import { parseExact, stringifyExact } from '../storage/exact-json.js';

/**
 * Writes measurements to `metrics.jsonl`, one after the other: appends that run at once may end up in any order.
 * Steps that a crash makes a run take again give the same lines, which are not written again.
 */
export class MeasurementRecorder implements Reporter {
  readonly #known = new Set<string>();
  /** The lines of an earlier session, as far as they are whole. */
  #whole = '';
  #cut = false;
  #last = Promise.resolve();

  constructor(private readonly directory: RunDirectory) {}

  /**
   * Reads what an earlier session measured; nothing is written before {@link begin}.
   *
   * @throws FARZI_RUN_DAMAGED for a line that is no measurement
   */
  async readEarlier(): Promise<void> {
    const text = (await this.directory.readText(METRICS)) ?? '';
    this.#whole = text.slice(0, text.lastIndexOf('\n') + 1);
    this.#cut = this.#whole !== text;
    for (const [index, line] of this.#whole.split('\n').slice(0, -1).entries()) {
      if (!isMeasurement(line)) throw damaged(this.directory.file(METRICS), index + 1);
      this.#known.add(line);
    }
  }

  /** Removes a last line that a crash cut short, which the next would go on with, once the directory is the run's. */
  async begin(): Promise<void> {
    if (this.#cut) await this.directory.writeText(METRICS, this.#whole);
  }

  onMeasurement(measurement: Measurement): void {
    this.#last = this.#last.then(() => this.#write(measurement));
    this.#last.catch(() => undefined);
  }

  async #write(measurement: Measurement): Promise<void> {
    if (!this.#known.has(stringifyExact(measurement))) await this.directory.appendLine(METRICS, measurement);
  }

  /** Resolves when all measurements are written; rejects when one could not be. */
  written(): Promise<void> {
    return this.#last;
  }

  /** The same, and they stay where they are even if the machine stops. */
  async flush(): Promise<void> {
    await this.written();
    await this.directory.flush(METRICS);
  }
}

function isMeasurement(line: string): boolean {
  try {
    const { phase, subject, step, values } = (parseExact(line) ?? {}) as Readonly<Record<keyof Measurement, unknown>>;
    return (
      typeof phase === 'string' &&
      typeof subject === 'string' &&
      typeof step === 'number' &&
      typeof values === 'object' &&
      values !== null &&
      Object.values(values).every((value) => typeof value === 'number')
    );
  } catch {
    return false;
  }
}

const damaged = (file: string, line: number): FarziError =>
  new FarziError('FARZI_RUN_DAMAGED', `${file}:${line}: The line is no measurement.`, {
    hint: 'The file was altered. Remove that line or the file: what is in checkpoints is not measured again. Or start anew with --overwrite.',
  });
