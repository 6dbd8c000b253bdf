import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Measurement, openRun, type Registry, type Reporter, type ResolvedExperiment, type Summary } from '@farzi/core';
import { counted } from '../format.js';
import { readSequences } from '../inspect/reading.js';
import { sequenceText } from '../inspect/text.js';
import { wordsOf } from '../inspect/words.js';

/** Synthetic sequences that are shown, and what of each. */
const SHOWN = { sequences: 2, positions: 6, top: 3, seed: 0 } as const;

/** Columns of text on a page. */
const WIDTH = 110;

/** Writes `report.html` into the run directory. */
export class HtmlReport implements Reporter {
  readonly name = 'the HTML report';

  constructor(
    private readonly experiment: Pick<ResolvedExperiment, 'config' | 'selection'>,
    private readonly registry: Registry,
  ) {}

  async onFinish(summary: Summary, runDirectory: string): Promise<void> {
    // what draws charts is loaded when there is something to draw
    const { reportPage } = await import('../report/page.js');
    const page = reportPage({
      ...{ summary, config: this.experiment.config, selection: this.experiment.selection, runDirectory },
      measurements: await recorded(join(runDirectory, 'metrics.jsonl')),
      sequences: await this.#sequences(runDirectory),
      environment: await environmentOf(join(runDirectory, 'environment.json')),
    });
    await writeFile(join(runDirectory, 'report.html'), page);
  }

  async #sequences(runDirectory: string): Promise<string> {
    const run = await openRun(runDirectory, this.registry.all('codec'));
    const words = wordsOf(run, this.registry);
    const shown = readSequences(run, SHOWN).readings.map((each, index) =>
      sequenceText(index + 1, each, { words, width: WIDTH, seed: SHOWN.seed }),
    );
    return shown.join('').trim();
  }
}

/** All measurements of a run. */
async function recorded(file: string): Promise<Measurement[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Measurement);
}

/** What a run was computed with, in words. */
async function environmentOf(file: string): Promise<Record<string, string>> {
  const { engine, threads, node, platform, cores, fingerprint } = JSON.parse(await readFile(file, 'utf8')) as Readonly<
    Record<'engine' | 'node' | 'platform', string>
  > & { readonly threads: number; readonly cores: number; readonly fingerprint: Readonly<Record<string, string>> };
  const plugins = Object.entries(fingerprint).filter(([name]) => name.startsWith('plugin '));
  return {
    Engine: `${engine}, ${counted(threads, 'thread')}`,
    Machine: `${platform}, ${counted(cores, 'core')}, Node.js ${node}`,
    Plugins: plugins.map(([name, version]) => `${name.slice('plugin '.length)} ${version}`).join(', '),
  };
}
