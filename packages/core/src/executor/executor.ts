import { type Configured } from '../options/configured.js';
import type { OptionsSchema } from '../options/schema.js';
import type { Observer } from '../report/reporter.js';
import { type Job, type JobHelp, jobId, type JobResult, type Work } from './job.js';
import type { JobStore } from './job-store.js';

/** Gets jobs done. */
export interface Executor {
  /** Jobs that are done at the same time: more that are asked for wait. */
  readonly workers: number;
  /**
   * Does a job, or finds out what came of it where it was done before.
   *
   * @throws what the job throws; FARZI_JOB_FAILED when whoever did it was lost again and again
   */
  run(job: Job, help: JobHelp): Promise<JobResult>;
  close(): Promise<void>;
}

/** How processes are started that do jobs with the same plugins as this one. */
export interface ProcessPlan {
  /** A module that calls `jobProcess`. */
  readonly module: URL;
  /** What that module needs to find the plugins: JSON. */
  readonly plugins: unknown;
}

/** What an executor is made for. */
export interface ExecutorContext {
  readonly store: JobStore;
  /** Does a job here, on the engine of this process. */
  readonly work: Work;
  /** Who that is, for results. */
  readonly worker: string;
  /** What processes are started with, beside what a {@link ProcessPlan} says; `undefined` where none can be. */
  readonly processes: (ProcessPlan & { readonly setup: (threads: number) => unknown }) | undefined;
  /** Of this machine that may be used at the same time, for all workers together. */
  readonly threads: number;
  /** Workers that fit into memory. */
  readonly mostWorkers: number;
  readonly observer: Observer;
}

/** What is needed to do jobs that others want done. */
export interface ServiceContext {
  /** Does jobs here. */
  readonly executor: Executor;
  readonly store: JobStore;
  /** Who that is, for messages. */
  readonly name: string;
  readonly observer: ServiceObserver;
  /** Says when to stop: a job under way is left to others. */
  readonly signal: AbortSignal;
}

/** Hears of jobs that are done for others. */
export interface ServiceObserver extends Pick<Observer, 'onNote'> {
  /** @param error - where it failed */
  onJob?(job: Job, seconds: number, error?: unknown): void;
}

/** A way to get jobs done. */
export interface ExecutorDefinition<Options = never> {
  readonly id: string;
  readonly schema: OptionsSchema;
  /** Whether jobs are done elsewhere, with nothing but what the store holds. */
  readonly remote: boolean;
  /** Finds what a schema cannot say, before anything is written. */
  check?(options: Options): void;
  /**
   * Where whoever does the jobs finds values: the path of a folder, from that of the configuration, or an address that a
   * store of a plugin knows. Without one they are in the run's folder.
   */
  store?(options: Options): string;
  /** Does jobs for others until it is told to stop: `farzi worker`. */
  serve?(options: Options, context: ServiceContext): Promise<void>;
  create(options: Options, context: ExecutorContext): Executor | Promise<Executor>;
}

/** An executor with its options. */
export type ConfiguredExecutor = Configured<ExecutorDefinition>;

/** Does a job unless it is done, and keeps what comes out. */
export async function done(
  job: Job,
  help: JobHelp,
  { store, work, worker }: Pick<ExecutorContext, 'store' | 'work' | 'worker'>,
): Promise<JobResult> {
  const id = jobId(job);
  const before = await store.result(id);
  if (before !== undefined) return before;
  const { outputs, seconds } = await work(job, help);
  const names: Record<string, string> = {};
  for (const [key, value] of Object.entries(outputs)) names[key] = await store.put(value, id);
  const result = { outputs: names, seconds, worker };
  await store.finish(id, result);
  return result;
}
