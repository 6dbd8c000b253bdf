import { setTimeout as wait } from 'node:timers/promises';
import { FarziError, isFarziError, type JobResult, type ServiceContext } from '@farzi/core';
import { type IQueueBackend, type Job as QueuedJob, WaitingError, Worker } from 'bullmq';
import { addressOf } from './address.js';
import { type Message, readMessage, refusalOf } from './messages.js';
import type { QueueOptions } from './options.js';
import { forAWhile } from './server.js';
import { serverAt } from './server-at.js';

/**
 * How long a worker may be silent before its jobs go to others. Jobs are done in other processes, so that this one is
 * never busy for longer than it takes to start them.
 */
const LOCK_MILLISECONDS = 15_000;

/** How often jobs of silent workers are looked for. */
const STALLED_MILLISECONDS = 5000;

/** Workers that may be lost with one job: machines go for reasons of their own; a job that ends its process is told. */
const MOST_LOST = 10;

/** Pause before the queue is asked again after the connection was lost. */
const ASK_AGAIN_MILLISECONDS = 1000;

/** How long a store may take to show what another machine wrote, as shared folders do. */
const PROBE_TRIES = 5;
const PROBE_PAUSE_MILLISECONDS = 500;

/**
 * Does the jobs of a queue until it is told to stop.
 *
 * @throws FARZI_EXECUTOR_UNREACHABLE
 */
export async function serve(options: QueueOptions, context: ServiceContext): Promise<void> {
  const { executor, observer, signal, name } = context;
  const server = await serverAt(addressOf(options));
  await server.facts(options.queue);
  const bench = new QueueBench(options.store, context);
  const settings = {
    connection: {},
    concurrency: executor.workers,
    lockDuration: LOCK_MILLISECONDS,
    stalledInterval: STALLED_MILLISECONDS,
    maxStalledCount: MOST_LOST,
    runRetryDelay: ASK_AGAIN_MILLISECONDS,
    removeOnComplete: { count: 0 },
    autorun: false,
  };
  const worker = new Worker<Message, JobResult, string, IQueueBackend>(
    options.queue,
    (job, token) => bench.process(job, token),
    settings,
    server.backend,
  );
  let connected = true;
  // of a connection that is lost and tried again it is told once
  worker.on('active', () => (connected = true));
  worker.on('error', (error) => {
    if (connected) observer.onNote?.(`The queue on the ${server.name} is in trouble: ${error.message.replace(/\.$/, '')}.`);
    if (server.isAway(error)) connected = false;
  });
  worker.on('stalled', (id) => observer.onNote?.(`The job ${id.slice(0, 12)} was lost with its worker, and waits for another.`));
  try {
    await worker.waitUntilReady();
  } catch (error) {
    await forAWhile(worker.close());
    throw server.refusal(error);
  }
  const ended = worker.run();
  observer.onNote?.(`The worker ${name} waits for jobs of the queue ${options.queue} on the ${server.name}.`);
  await Promise.race([ended, aborted(signal)]);
  // jobs under way are given back meanwhile
  if (!(await forAWhile(worker.close(), GIVE_BACK_MILLISECONDS))) await forAWhile(worker.disconnect());
}

/** How long giving jobs back may take: their processes end a step first, or a whole evaluation. */
const GIVE_BACK_MILLISECONDS = 20_000;

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Does what comes from the queue. */
class QueueBench {
  /** The last value that was looked for to see that the store is that of whoever wants jobs done. */
  #proven: string | undefined;

  constructor(
    private readonly place: string,
    private readonly context: ServiceContext,
  ) {}

  async process(queued: QueuedJob<Message, JobResult>, token: string | undefined): Promise<JobResult> {
    const { executor, observer, signal, name } = this.context;
    const started = performance.now();
    try {
      const { job, probe } = readMessage(queued.id, queued.data);
      await this.#requireStore(probe);
      const result = await executor.run(job, { signal, observer: {} });
      observer.onJob?.(job, secondsSince(started));
      return result;
    } catch (error) {
      if (isFarziError(error) && error.code === 'FARZI_INTERRUPTED') {
        await queued.moveToWait(token);
        throw new WaitingError();
      }
      observer.onJob?.(queued.data.job, secondsSince(started), error);
      await queued.log(
        `${name}, try ${queued.attemptsMade + 1}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      throw refusalOf(error, name);
    }
  }

  async #requireStore(probe: string): Promise<void> {
    if (this.#proven === probe) return;
    for (let tries = 1; ; tries++) {
      try {
        await this.context.store.get(probe);
        this.#proven = probe;
        return;
      } catch (cause) {
        if (isFarziError(cause) && cause.code === 'FARZI_STORE_UNREACHABLE') throw cause;
        if (tries === PROBE_TRIES) throw this.#otherStore(cause);
        await wait(PROBE_PAUSE_MILLISECONDS);
      }
    }
  }

  #otherStore(cause: unknown): FarziError {
    const { name } = this.context;
    return new FarziError(
      'FARZI_STORE_INCOMPLETE',
      `The worker ${name} does not share the store of the run: its store ${this.place} lacks what the run has put there.`,
      { hint: "Let --store of the worker be what the executor's store is: the same address, or a folder that both machines see.", cause },
    );
  }
}

const secondsSince = (started: number): number => (performance.now() - started) / 1000;
