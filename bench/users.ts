/**
 * Whether an outer step depends on how many users there are, and what distilled data are against their events.
 *
 *   pnpm bench:users
 *   pnpm bench:users --users 10000,100000,1000000 --items 20000
 *
 * Users are made up, from a seed: each has a few of many tastes, items of a taste are as popular as Zipf's law has it, and
 * lengths are geometric. Each number of users is a process of its own, which takes outer steps on ten sequences from a
 * random start: what they are worth is not asked here.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { bytesOfEvents, distill, entropy, farzi, RandomStream, randomInitialisation, storedBytes } from '@farzi/core';
import { sasrec } from '@farzi/models-sasrec';
import { count, counts, threadsOption } from './options.js';

interface Options {
  readonly users: readonly number[];
  readonly items: number;
  readonly outerSteps: number;
  readonly threads: number;
  readonly one: boolean;
}
const options = new Command('bench:users')
  .description('Measures outer steps, memory and bytes by the number of users.')
  .addOption(counts('--users <counts>', 'users', [10_000, 100_000, 1_000_000]))
  .addOption(count('--items <count>', 'items', 20_000))
  .addOption(count('--outer-steps <count>', 'that are timed, after the first five', 15))
  .addOption(threadsOption())
  .option('--one', 'measures one number of users in this process, and prints JSON', false)
  .parse()
  .opts<Options>();

/** Tastes there are, and that a user has. */
const [TASTES, OF_A_USER] = [400, 3];
const [SHORTEST, MEAN, LONGEST] = [5, 30, 200];
/** Steps that compile programs and start learners. */
const WARM_UP = 5;
const MEGABYTE = 2 ** 20;

/** Made-up histories, one after the other in one array. */
function histories(users: number, items: number): Int32Array[] {
  const ofTaste = Math.floor(items / TASTES);
  // how often an item of a taste is taken, added up
  const chances = Float64Array.from({ length: ofTaste }, (_, rank) => 1 / (rank + 1));
  chances.forEach((each, rank) => (chances[rank] = each + (chances[rank - 1] ?? 0)));
  const all = chances[ofTaste - 1] ?? 1;
  const item = (taste: number, stream: RandomStream): number => {
    const wanted = stream.uniform() * all;
    let [low, high] = [0, ofTaste - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((chances[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    // the most popular items of all tastes come first
    return low * TASTES + taste;
  };
  const stream = new RandomStream(1, 'users');
  return Array.from({ length: users }, () => {
    const length = Math.min(LONGEST, SHORTEST + Math.floor(-Math.log(1 - stream.uniform()) * (MEAN - SHORTEST)));
    const tastes = Array.from({ length: OF_A_USER }, () => Math.floor(stream.uniform() ** 2 * TASTES));
    let taste = 0;
    return Int32Array.from({ length }, () => {
      if (stream.uniform() < 0.2) taste = stream.integer(OF_A_USER);
      return item(tastes[taste] ?? 0, stream);
    });
  });
}

/** What one number of users gives. */
interface Found {
  readonly users: number;
  readonly events: number;
  readonly dataMB: number;
  readonly secondsOfStep: number;
  readonly peakMB: number;
  readonly bytes: number;
  readonly bytesOfEvents: number;
}

async function measure(users: number, { items, outerSteps, threads }: Options): Promise<Found> {
  const sequences = histories(users, items);
  const dataMB = process.memoryUsage.rss() / MEGABYTE;
  const times: number[] = [];
  const { synthetic } = await distill({
    sequences,
    validation: sequences.slice(0, 500).map((tokens) => ({ tokens, firstTarget: tokens.length - 1 })),
    vocabulary: Array.from({ length: items }, (_, each) => String(each)),
    model: sasrec({ hiddenSize: 32, blocks: 1 }),
    threads,
    maxLength: 50,
    synthetic: { sequences: 10, rank: 16, inputs: 'hard', initialisation: randomInitialisation(), storage: entropy() },
    metaOptimizer: farzi({ realBatchSize: 128 }),
    training: { maxSteps: 20, evaluateEvery: 20 },
    outerSteps: WARM_UP + outerSteps,
    validateEvery: WARM_UP + outerSteps,
    onProgress: ({ phase, done }) => {
      if (phase === 'distillation' && done > 0) times[done] ??= performance.now();
    },
  });
  const peakMB = process.resourceUsage().maxRSS / 1024;
  const [from = 0, to = 0] = [times[WARM_UP], times[WARM_UP + outerSteps - 1]];
  return {
    ...{ users, dataMB, peakMB, events: sequences.reduce((sum, { length }) => sum + length, 0) },
    secondsOfStep: (to - from) / 1000 / (outerSteps - 1),
    bytes: storedBytes(synthetic).total,
    bytesOfEvents: (await bytesOfEvents(sequences, items)).brotli,
  };
}

if (options.one) {
  console.log(JSON.stringify(await measure(options.users[0] ?? 0, options)));
} else {
  const script = fileURLToPath(import.meta.url);
  const whole = (value: number): string => Math.round(value).toLocaleString('en');
  console.log('| users | events | seconds of an outer step | memory of the data, MB | at the peak, MB | bytes | of the brotli’d events’ |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const users of options.users) {
    const words = ['--one', '--users', users, '--items', options.items, '--outer-steps', options.outerSteps, '--threads', options.threads];
    const output = execFileSync(process.execPath, [...process.execArgv, script, ...words.map(String)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const found = JSON.parse(output) as Found;
    const cells = [
      ...[whole(found.users), whole(found.events), found.secondsOfStep.toFixed(2), whole(found.dataMB), whole(found.peakMB)],
      ...[whole(found.bytes), `${((100 * found.bytes) / found.bytesOfEvents).toFixed(2)} %`],
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
