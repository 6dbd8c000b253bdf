/**
 * What the queue of @farzi/executor-bullmq costs, without the jobs themselves.
 *
 *   redis-server --appendonly yes &
 *   pnpm bench:queue --url redis://127.0.0.1:6379
 *   FARZI_QUEUE_PASSWORD=... pnpm bench:queue --url postgres://farzi@127.0.0.1/farzi
 *
 * Jobs of almost 2 kB that do nothing go through a real server: one after the other, which tells how long one is on its
 * way, and many at once through workers in processes of their own, which tells how many the queue can hand out.
 *
 *   pnpm bench:queue --simulate 1,4,16,64,256
 *
 * Jobs that wait, 1 to 60 seconds, so many times faster as `--speed` says, for as many workers: how long all take
 * against what a queue without cost would need. What the queue costs counts as many times more.
 */
import { fork } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { type Executor, FolderBlobs, type Job, JobStore, meanAndDeviation, RandomStream } from '@farzi/core';
import { bullmq } from '@farzi/executor-bullmq';
import { count, counts } from './options.js';
import { timed } from './timing.js';

const options = new Command('bench:queue')
  .description('Measures what the queue of @farzi/executor-bullmq costs for each job.')
  .option('--url <url>', 'of a Redis or PostgreSQL server (default: FARZI_QUEUE_URL)')
  .addOption(count('--jobs <count>', 'jobs, one after the other and at once', 500))
  .addOption(counts('--workers <counts>', 'processes that do jobs, in turns', [1, 2, 4]))
  .addOption(counts('--simulate <counts>', 'workers that wait instead of working, in turns', []))
  .addOption(count('--speed <times>', 'how many times faster they wait', 20))
  .addOption(count('--at-once <count>', 'jobs that one process waits for at the same time', 1).hideHelp())
  .option('--serve <folder>', 'do jobs: what the other processes are started with')
  .parse()
  .opts<{
    readonly url?: string;
    readonly jobs: number;
    readonly workers: readonly number[];
    readonly simulate: readonly number[];
    readonly speed: number;
    readonly atOnce: number;
    readonly serve?: string;
  }>();

/** Jobs that a run puts into the queue at once. */
const AT_ONCE = 256;

/** Inputs that make a job almost as large as it may be. */
const INPUTS = 24;

const jobs = (batch: string): Job[] =>
  Array.from({ length: options.jobs }, (_, index) => ({
    kind: `nothing ${batch}`,
    inputs: Object.fromEntries(Array.from({ length: INPUTS }, (_input, place) => [`input ${place}`, 'x'.repeat(64)])),
    numbers: { index },
  }));

const queueOptions = (store: string) => ({
  ...(options.url === undefined ? {} : { url: options.url }),
  ...{ store, queue: 'farzi-bench', atOnce: AT_ONCE },
});

/** Does nothing, for as long as a job says. */
const idle: Executor = {
  workers: options.atOnce,
  run: async ({ numbers }) => {
    if (numbers['milliseconds'] !== undefined) await wait(numbers['milliseconds']);
    return { outputs: {}, seconds: 0, worker: 'nobody' };
  },
  close: () => Promise.resolve(),
};

async function serve(folder: string): Promise<void> {
  const stop = new AbortController();
  process.on('message', () => {
    stop.abort();
  });
  const onNote = (text: string): void => {
    if (text.includes('waits for jobs')) process.send?.('ready');
  };
  const store = new JobStore(new FolderBlobs(folder), true);
  await bullmq.serve?.(queueOptions(folder), {
    executor: idle,
    store,
    name: `process ${process.pid}`,
    observer: { onNote },
    signal: stop.signal,
  });
  process.disconnect();
}

async function startWorker(folder: string, atOnce = 1): Promise<() => Promise<unknown>> {
  const url = options.url === undefined ? [] : ['--url', options.url];
  const child = fork(fileURLToPath(import.meta.url), ['--serve', folder, '--at-once', String(atOnce), ...url]);
  await once(child, 'message');
  return () => {
    const ended = once(child, 'exit');
    child.send('stop');
    return ended;
  };
}

function coordinator(folder: string): Executor | Promise<Executor> {
  const store = new JobStore(new FolderBlobs(folder), true);
  const context = { store, observer: {}, worker: '', processes: undefined, threads: 1, mostWorkers: 1 };
  return bullmq.create(queueOptions(folder), { ...context, work: () => Promise.reject(new Error('Nobody works here.')) });
}

/** Processes that simulated workers are shared out among. */
const PROCESSES = 4;
/** Seconds that a simulated job takes, from and to. */
const [SHORTEST, LONGEST] = [1, 60] as const;
const JOBS_OF_A_WORKER = 4;

/** Seconds that jobs take in this order, each begun by whoever is free first, at no cost. */
function makespan(seconds: readonly number[], workers: number): number {
  const free = new Array<number>(workers).fill(0);
  for (const each of seconds) {
    const first = free.indexOf(Math.min(...free));
    free[first] = (free[first] ?? 0) + each;
  }
  return Math.max(...free);
}

async function simulate(folder: string): Promise<void> {
  const executor = await coordinator(folder);
  const nonce = Date.now();
  console.log('| workers | jobs | seconds, ideal | seconds | efficiency |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const workers of options.simulate) {
    const processes = Math.min(PROCESSES, workers);
    const stops = await Promise.all(Array.from({ length: processes }, () => startWorker(folder, workers / processes)));
    const stream = new RandomStream(1, 'simulation');
    const seconds = Array.from({ length: JOBS_OF_A_WORKER * workers }, () => SHORTEST + (LONGEST - SHORTEST) * stream.uniform());
    const ideal = makespan(seconds, workers);
    const started = performance.now();
    await Promise.all(
      seconds.map((each, index) =>
        executor.run(
          { kind: `wait ${nonce} ${workers}`, inputs: {}, numbers: { index, milliseconds: (1000 * each) / options.speed } },
          { observer: {} },
        ),
      ),
    );
    const taken = ((performance.now() - started) / 1000) * options.speed;
    const row = [workers, seconds.length, ideal.toFixed(0), taken.toFixed(0), `${((100 * ideal) / taken).toFixed(0)} %`];
    console.log(`| ${row.join(' | ')} |`);
    await Promise.all(stops.map((stop) => stop()));
  }
  await executor.close();
}

async function measure(folder: string): Promise<void> {
  const executor = await coordinator(folder);
  const run = (job: Job) => executor.run(job, { observer: {} });
  const nonce = Date.now();
  const size = Buffer.byteLength(JSON.stringify(jobs('sized')[0]));
  for (const workers of options.workers) {
    const stops = await Promise.all(Array.from({ length: workers }, () => startWorker(folder)));
    const [warm, single, many] = ['warm', 'single', 'many'].map((name) => jobs(`${name} ${nonce} ${workers}`)) as [Job[], Job[], Job[]];
    await Promise.all(warm.slice(0, 50).map(run));
    const times: number[] = [];
    for (const job of single) times.push(1000 * (await timed(() => run(job))));
    const { mean, deviation } = meanAndDeviation(times);
    const waiting = [...many];
    const all = await timed(() =>
      Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (let job = waiting.pop(); job !== undefined; job = waiting.pop()) await run(job);
        }),
      ),
    );
    console.log(
      `workers ${workers}: a job of ${size} bytes takes ${mean.toFixed(2)} +/- ${deviation.toFixed(2)} ms one after the other; ` +
        `${(options.jobs / all).toFixed(0)} jobs/s, ${((1000 * all) / options.jobs).toFixed(2)} ms each, with ${AT_ONCE} at once`,
    );
    await Promise.all(stops.map((stop) => stop()));
  }
  await executor.close();
}

if (options.serve !== undefined) await serve(options.serve);
else {
  const folder = mkdtempSync(join(tmpdir(), 'farzi-queue-'));
  try {
    await (options.simulate.length > 0 ? simulate(folder) : measure(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
