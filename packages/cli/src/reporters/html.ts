import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExperimentConfig, Measurement, Reporter, Summary } from '@farzi/core';
import { reportPage } from '../report/page.js';
import type { Selection } from '../results.js';

/** Writes `report.html` into the run directory. */
export class HtmlReport implements Reporter {
  readonly #measurements: Measurement[] = [];
  #resumed = false;

  constructor(
    private readonly config: ExperimentConfig,
    private readonly selection: Selection,
  ) {}

  onStart({ resumed }: { readonly resumed: boolean }): void {
    this.#resumed = resumed;
  }

  onMeasurement(measurement: Measurement): void {
    if (measurement.phase === 'distillation') this.#measurements.push(measurement);
  }

  async onFinish(summary: Summary, runDirectory: string): Promise<void> {
    const earlier = this.#resumed ? await recorded(join(runDirectory, 'metrics.jsonl')) : [];
    const measurements = [...earlier, ...this.#measurements];
    const page = reportPage({ summary, config: this.config, selection: this.selection, measurements, runDirectory });
    await writeFile(join(runDirectory, 'report.html'), page);
  }
}

/** Measurements of earlier sessions; a line that was cut short by the end of its session is left out. */
async function recorded(file: string): Promise<Measurement[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Measurement];
    } catch {
      return [];
    }
  });
}
