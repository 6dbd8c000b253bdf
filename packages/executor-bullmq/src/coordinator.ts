import { randomUUID } from 'node:crypto';
import { type Executor, type ExecutorContext, FarziError, type Job, type JobHelp, jobId, type JobResult } from '@farzi/core';
import { type IQueueBackend, Queue, QueueEvents } from 'bullmq';
import { addressOf } from './address.js';
import { ATTEMPTS, errorOf, isResult, type Message, messageOf } from './messages.js';
import type { QueueOptions } from './options.js';
import { forAWhile, type Server } from './server.js';
import { serverAt } from './server-at.js';

/** Pause before a job that failed is tried again, so that another worker may take it. */
const RETRY_MILLISECONDS = 1000;

/** How often it is looked whether the queue still has what is waited for: a server may have lost it, or word of it. */
const LOOK_MILLISECONDS = 5000;

/** How often news are asked for: PostgreSQL may keep to itself that there are some. */
const NEWS_MILLISECONDS = 1000;

/** A job that is waited for. */
interface Awaited {
  readonly job: Job;
  readonly result: Promise<JobResult>;
  resolve(result: JobResult): void;
  reject(error: unknown): void;
  /** Settles when it is in the queue, or cannot be put there. */
  readonly added: Promise<void>;
}

/**
 * Connects to the queue.
 *
 * @throws FARZI_EXECUTOR_UNREACHABLE
 */
export async function openCoordinator(options: QueueOptions & { readonly atOnce: number }, context: ExecutorContext): Promise<Executor> {
  const server = await serverAt(addressOf(options));
  const { lastEvent, note } = await server.facts(options.queue);
  if (note !== undefined) context.observer.onNote?.(note);
  const probe = await context.store.put({ tensors: {}, state: { probe: randomUUID() } });
  const queue: JobQueue = new Queue(options.queue, CONNECTED, server.backend);
  // from what happened last, not from what happens when it first listens
  const events = new QueueEvents<JobResult, IQueueBackend>(
    options.queue,
    { ...CONNECTED, lastEventId: lastEvent, blockingTimeout: NEWS_MILLISECONDS },
    server.backend,
  );
  const coordinator = new Coordinator(options.atOnce, queue, events, server, probe, context);
  await coordinator.ready();
  return coordinator;
}

/** How the server is reached is known to what connects with it. */
const CONNECTED = { connection: {} };

type JobQueue = Queue<Message, JobResult, string, Message, JobResult, string, IQueueBackend>;

/** Puts jobs into a queue and waits for what comes of them. What is done is in the store, whatever becomes of the queue. */
class Coordinator implements Executor {
  readonly #awaited = new Map<string, Awaited>();
  readonly #timer: NodeJS.Timeout;
  #looking = false;
  #connected = true;
  /** Whether it was said that nobody works. */
  #alone = false;

  constructor(
    readonly workers: number,
    private readonly queue: JobQueue,
    private readonly events: QueueEvents<JobResult, IQueueBackend>,
    private readonly server: Server,
    private readonly probe: string,
    private readonly context: ExecutorContext,
  ) {
    const troubled = (error: Error): void => this.#troubled(error);
    queue.on('error', troubled);
    events.on('error', troubled);
    events.on('completed', ({ jobId: id, returnvalue }) => this.#completed(id, returnvalue));
    events.on('failed', ({ jobId: id, failedReason }) => void this.#failed(id, failedReason));
    this.#timer = setInterval(() => void this.#look(), LOOK_MILLISECONDS).unref();
  }

  /** @throws FARZI_EXECUTOR_UNREACHABLE when the server went away again */
  async ready(): Promise<void> {
    try {
      await Promise.all([this.queue.waitUntilReady(), this.events.waitUntilReady()]);
    } catch (error) {
      await this.close();
      throw this.server.refusal(error);
    }
  }

  async run(job: Job, { signal }: JobHelp): Promise<JobResult> {
    const id = jobId(job);
    const before = await this.context.store.result(id);
    if (before !== undefined) return before;
    if (signal?.aborted === true) throw interrupted();
    const awaited = this.#awaited.get(id) ?? this.#await(id, job);
    let withdraw = (): void => undefined;
    const withdrawn = new Promise<never>((_resolve, reject) => {
      withdraw = () => void this.#withdraw(id, awaited).finally(() => reject(interrupted()));
    });
    signal?.addEventListener('abort', withdraw, { once: true });
    try {
      return await Promise.race([awaited.result, withdrawn]);
    } finally {
      signal?.removeEventListener('abort', withdraw);
      this.#awaited.delete(id);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    // a server that is gone answers no farewell
    if (!(await forAWhile(Promise.all([this.queue.close(), this.events.close()]))))
      await forAWhile(Promise.all([this.queue.disconnect(), this.events.disconnect()]));
  }

  #await(id: string, job: Job): Awaited {
    const { promise, resolve, reject } = deferred<JobResult>();
    // what cannot be added now is found missing, and added then
    const added = this.#add(id, job).catch((error: unknown) => {
      if (this.server.isAway(error as Error)) this.#troubled(error as Error);
      else reject(error);
    });
    const awaited = { job, result: promise, resolve, reject, added };
    this.#awaited.set(id, awaited);
    return awaited;
  }

  async #add(id: string, job: Job): Promise<void> {
    const message = messageOf(job, this.probe);
    // one that failed for an earlier run, which did not live to remove it
    if ((await this.queue.getJobState(id)) === 'failed') await this.queue.remove(id);
    const backoff = { type: 'fixed', delay: RETRY_MILLISECONDS };
    await this.queue.add(job.kind, message, { jobId: id, attempts: ATTEMPTS, backoff, removeOnComplete: true });
  }

  /** Takes a job back that nobody has begun; one that is under way may be finished, and found by a run that goes on. */
  async #withdraw(id: string, { added }: Awaited): Promise<void> {
    await forAWhile(added.then(() => this.queue.remove(id)));
  }

  #completed(id: string, result: unknown): void {
    const awaited = this.#awaited.get(id);
    if (isResult(result)) awaited?.resolve(result);
    else awaited?.reject(errorOf(awaited.job, 'its result cannot be read', []));
  }

  async #failed(id: string, reason: string): Promise<void> {
    const awaited = this.#awaited.get(id);
    if (awaited === undefined) return;
    try {
      const { logs } = await this.queue.getJobLogs(id);
      awaited.reject(errorOf(awaited.job, reason, logs));
      await this.queue.remove(id);
    } catch (error) {
      // it is looked at again when the server is back
      if (this.server.isAway(error as Error)) this.#troubled(error as Error);
      else awaited.reject(error);
    }
  }

  /** Looks after jobs of which nothing is heard. */
  async #look(): Promise<void> {
    if (this.#looking || this.#awaited.size === 0) return;
    this.#looking = true;
    try {
      for (const [id, awaited] of this.#awaited) await this.#lookAfter(id, awaited);
      await this.#lookForWorkers();
      if (!this.#connected) this.context.observer.onNote?.(`The ${this.server.name} answers again.`);
      this.#connected = true;
    } catch (error) {
      this.#troubled(error as Error);
    } finally {
      this.#looking = false;
    }
  }

  async #lookAfter(id: string, awaited: Awaited): Promise<void> {
    await awaited.added;
    const state = await this.queue.getJobState(id);
    if (state === 'failed') await this.#failed(id, (await this.queue.getJob(id))?.failedReason ?? 'nothing is known of it');
    if (state !== 'unknown' || !this.#awaited.has(id)) return;
    // done, or lost by a server that was started again
    const result = await this.context.store.result(id);
    if (result !== undefined) awaited.resolve(result);
    else await this.#add(id, awaited.job);
  }

  async #lookForWorkers(): Promise<void> {
    const { waiting = 0 } = await this.queue.getJobCounts('waiting');
    // not every server tells who is connected
    const alone = waiting > 0 && (await this.queue.getWorkersCount().catch(() => undefined)) === 0;
    if (alone && !this.#alone)
      this.context.observer.onNote?.(
        `No worker does the jobs of the queue ${this.queue.name} on the ${this.server.name}: start farzi worker.`,
      );
    this.#alone = alone;
  }

  /** Of a connection that is lost and tried again it is told once. */
  #troubled(error: Error): void {
    if (!this.#connected) return;
    this.#connected = false;
    this.context.observer.onNote?.(
      `The ${this.server.name} is out of reach, and tried again until it answers: ${error.message.replace(/\.$/, '')}.`,
    );
  }
}

const interrupted = (): FarziError =>
  new FarziError('FARZI_INTERRUPTED', 'The work was interrupted.', { hint: 'Run the same command with --resume to go on.' });

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  // whoever waited may have been interrupted
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
