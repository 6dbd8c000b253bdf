import { hostname } from 'node:os';
import type { ContributionConfig } from '../config/schema.js';
import { selectEngine } from '../engine/select.js';
import { FarziError } from '../errors.js';
import type { ProcessPlan, ServiceObserver } from '../executor/executor.js';
import { JobStore } from '../executor/job-store.js';
import { processes } from '../executor/processes.js';
import { validateOptions } from '../options/validate.js';
import { threadsHere } from '../platform/machine.js';
import type { Registry } from '../plugin/registry.js';
import { absoluteLocation, reachBlobs } from '../storage/store.js';
import { type ProcessSetup, workerName } from './bench.js';

/** Jobs that others want done, and what they are done with. */
export interface ServiceRequest {
  readonly registry: Registry;
  /** Where jobs come from: an executor that serves, with its options. */
  readonly executor: ContributionConfig;
  /** An engine's id, or `auto`. */
  readonly engine: string;
  /** Processes that do jobs at the same time. */
  readonly workers: number;
  /** Of each of them; 0: all cores, shared out. */
  readonly threads: number;
  /** Versions of plugins by their names: jobs that want others are refused. */
  readonly pluginVersions?: Readonly<Record<string, string>>;
  readonly processPlan: ProcessPlan;
  readonly observer: ServiceObserver;
  readonly signal: AbortSignal;
}

/**
 * Does the jobs of runs on other machines until it is told to stop. They are done in processes of their own: this one
 * always has time to tell that it is alive, and outlives a job that takes its process with it.
 *
 * @throws FARZI_CONTRIBUTION_UNKNOWN, FARZI_CONFIG_INVALID, FARZI_ENGINE_UNAVAILABLE, FARZI_STORE_UNREACHABLE, and
 *   what the executor throws when it cannot begin
 */
export async function serveJobs(request: ServiceRequest): Promise<void> {
  const { registry, engine: wanted, workers, observer, signal, processPlan, pluginVersions = {} } = request;
  const { id, ...given } = request.executor;
  const { schema, check, store, serve } = registry.get('executor', id);
  if (serve === undefined || store === undefined) {
    throw new FarziError('FARZI_CONFIG_INVALID', `The executor ${id} hands out no jobs to workers on other machines.`, {
      hint: 'Name one that does, such as bullmq of the plugin @farzi/executor-bullmq.',
    });
  }
  const options: never = validateOptions<never>(schema, given, [id]);
  check?.(options);
  const threads = request.threads > 0 ? request.threads : Math.max(1, Math.floor(threadsHere() / workers));
  const { engine, version } = await selectEngine(registry.all('engine'), wanted, threads);
  await engine.dispose();
  const location = absoluteLocation(store(options), process.cwd());
  const jobs = new JobStore(await reachBlobs(location, registry.all('store')), true);
  const setup = (each: number): ProcessSetup => ({ store: location, engine: engine.id, threads: each, pluginVersions });
  const executor = await processes.create(
    { workers },
    {
      ...{ store: jobs, observer },
      work: () => Promise.reject(new Error('The jobs of others are done in processes.')),
      worker: workerName(version, threads),
      processes: { ...processPlan, setup },
      threads: threads * workers,
      mostWorkers: workers,
    },
  );
  observer.onNote?.(`Jobs are done with ${workerName(version, threads)}, ${executor.workers} at the same time.`);
  try {
    await serve(options, { executor, store: jobs, name: `${hostname()} (process ${process.pid})`, observer, signal });
  } finally {
    await executor.close();
  }
}
