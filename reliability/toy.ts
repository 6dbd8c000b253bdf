import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RandomStream } from '@farzi/core';
import { wordsOf } from './check.js';
import { type CommandOptions, type Ended, farzi } from './command.js';

/** What a run says when it begins or goes on. */
export const RUNNING = /The run in .* (starts|goes on) with/;

const USERS = 80;
const ITEMS = 24;

const CONFIGURATION = `task: recommendation
dataset: { id: interactions, path: clicks.csv, minimumUserEvents: 3, minimumItemEvents: 1 }
model: { id: sasrec, hiddenSize: 8, blocks: 1 }
maxLength: 6
threads: 1
synthetic: { sequences: 4, rank: 4, inputs: hard }
teacher: { maxSteps: 30, evaluateEvery: 10, batchSize: 16, snapshots: 2 }
distillation:
  outerSteps: 12
  validateEvery: 2
  metaOptimizer: { steps: 3, realBatchSize: 8 }
  learner: { poolSize: 2, maxAge: 6, batchSize: 4 }
training: { maxSteps: 20, evaluateEvery: 10, batchSize: 4, learningRate: 0.01 }
evaluation: { seeds: 2, arms: [full, distilled] }
`;

/** Users who mostly go from an item to the next one. */
function clicks(): string {
  const stream = new RandomStream(1, 'clicks');
  const rows = ['user,item,timestamp'];
  for (let user = 0; user < USERS; user++) {
    let item = stream.integer(ITEMS);
    for (let at = 0; at < 8; at++) {
      rows.push(`user ${user},item ${item},${at}`);
      item = stream.uniform() < 0.8 ? (item + 1) % ITEMS : stream.integer(ITEMS);
    }
  }
  return `${rows.join('\n')}\n`;
}

/** An experiment of a few seconds in a folder of its own, with everything that a long one has. */
export class Toy {
  readonly settings: readonly string[];

  /** @param settings - as `--set` takes them */
  constructor(
    readonly folder: string,
    ...settings: readonly string[]
  ) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'clicks.csv'), clicks());
    writeFileSync(join(folder, 'toy.yaml'), CONFIGURATION);
    this.settings = settings.flatMap((each) => ['--set', each]);
  }

  /** Starts it, or goes on with it, in the run directory `out`. */
  run(out: string, more: readonly string[] = [], options: Omit<CommandOptions, 'folder'> = {}): Promise<Ended> {
    return this.command(['run', 'toy.yaml', '--out', out, ...this.settings, ...more], options);
  }

  /** Runs it to its end. */
  async whole(out: string, options: Omit<CommandOptions, 'folder'> = {}): Promise<Ended> {
    const ended = await this.run(out, [], options);
    if (ended.code !== 0) throw new Error(`A run that nobody disturbed ends with ${wordsOf(ended)}.`);
    return ended;
  }

  /** Calls the program in the folder of the experiment. */
  command(words: readonly string[], options: Omit<CommandOptions, 'folder'> = {}): Promise<Ended> {
    return farzi(words, { folder: this.folder, ...options });
  }

  /** What a finished run found, as a digest: everything but times, and what machines differ in. */
  outcome(out: string): string {
    const directory = resolve(this.folder, out);
    const hash = createHash('sha256');
    hash.update(readFileSync(join(directory, 'synthetic.farzi')));
    const { results, retention } = JSON.parse(readFileSync(join(directory, 'summary.json'), 'utf8')) as Record<string, unknown>;
    const timeless = (results as Record<string, unknown>[]).map(({ trainingSeconds: _seconds, ...rest }) => rest);
    return hash.update(JSON.stringify([timeless, retention])).digest('hex');
  }

  /** What a run measured, in order. */
  log(out: string): string {
    return readFileSync(resolve(this.folder, out, 'metrics.jsonl'), 'utf8');
  }
}
