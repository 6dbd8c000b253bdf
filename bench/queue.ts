/**
 * What the queue of @farzi/executor-bullmq costs, without the jobs themselves.
 *
 *   redis-server --appendonly yes &
 *   pnpm bench:queue --url redis://127.0.0.1:6379
 *   FARZI_QUEUE_PASSWORD=... pnpm bench:queue --url postgres://farzi@127.0.0.1/farzi
 *
 * Jobs of almost 2 kB that do nothing go through a real server: one after the other, which tells how long one is on its
 * way, and many at once through workers in processes of their own, which tells how many the queue can hand out.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { type Executor, FolderBlobs, type Job, JobStore, meanAndDeviation } from '@farzi/core';
import { bullmq } from '@farzi/executor-bullmq';
import { count, counts } from './options.js';
import { timed } from './timing.js';

const options = new Command('bench:queue')
  .description('Measures what the queue of @farzi/executor-bullmq costs for each job.')
  .option('--url <url>', 'of a Redis or PostgreSQL server (default: FARZI_QUEUE_URL)')
  .addOption(count('--jobs <count>', 'jobs, one after the other and at once', 500))
  .addOption(counts('--workers <counts>', 'processes that do jobs, in turns', [1, 2, 4]))
  .option('--serve <folder>', 'do jobs: what the other processes are started with')
  .parse()
  .opts<{ readonly url?: string; readonly jobs: number; readonly workers: readonly number[]; readonly serve?: string }>();

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

/** Does nothing, and says so. */
const idle: Executor = {
  workers: 1,
  run: () => Promise.resolve({ outputs: {}, seconds: 0, worker: 'nobody' }),
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

async function startWorker(folder: string): Promise<() => Promise<unknown>> {
  const child = fork(fileURLToPath(import.meta.url), ['--serve', folder, ...(options.url === undefined ? [] : ['--url', options.url])]);
  await once(child, 'message');
  return () => {
    const ended = once(child, 'exit');
    child.send('stop');
    return ended;
  };
}

async function measure(folder: string): Promise<void> {
  const store = new JobStore(new FolderBlobs(folder), true);
  const context = { store, observer: {}, worker: '', processes: undefined, threads: 1, mostWorkers: 1 };
  const executor = await bullmq.create(queueOptions(folder), { ...context, work: () => Promise.reject(new Error('Nobody works here.')) });
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
    await measure(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
