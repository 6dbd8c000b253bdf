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

/** A way to get jobs done. */
export interface ExecutorDefinition<Options = never> {
  readonly id: string;
  readonly schema: OptionsSchema;
  /** Whether jobs are done elsewhere, with nothing but what the store holds. */
  readonly remote: boolean;
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
