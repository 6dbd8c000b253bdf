import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExperimentConfig, Measurement, Reporter, Summary } from '@farzi/core';
import { reportPage } from '../report/page.js';
import type { Selection } from '../results.js';

/** Writes `report.html` into the run directory. */
export class HtmlReport implements Reporter {
  readonly name = 'the HTML report';

  constructor(
    private readonly config: ExperimentConfig,
    private readonly selection: Selection,
  ) {}

  async onFinish(summary: Summary, runDirectory: string): Promise<void> {
    const measurements = await recorded(join(runDirectory, 'metrics.jsonl'));
    const page = reportPage({ summary, config: this.config, selection: this.selection, measurements, runDirectory });
    await writeFile(join(runDirectory, 'report.html'), page);
  }
}

/** All measurements of a run. */
async function recorded(file: string): Promise<Measurement[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Measurement);
}
