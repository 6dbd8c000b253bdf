import { selectEngine } from '../engine/select.js';
import { done } from '../executor/executor.js';
import { JobStore } from '../executor/job-store.js';
import { type JobAnswer, type JobRequest, QUIT, sentError, STOP } from '../executor/messages.js';
import type { Work } from '../executor/job.js';
import type { Registry } from '../plugin/registry.js';
import { FolderBlobs } from '../storage/blobs.js';
import { FolderCheckpoints } from '../storage/checkpoints.js';
import type { Fingerprint } from '../storage/fingerprint.js';
import { workIn } from './job-worker.js';

/** What processes of one run have in common. */
export interface ProcessSetup {
  /** Folder of the store. */
  readonly store: string;
  readonly checkpoints: { readonly folder: string; readonly fingerprint: Fingerprint };
  readonly engine: string;
  /** Of each process. */
  readonly threads: number;
}

/** What a process does jobs with. */
interface Bench {
  readonly store: JobStore;
  readonly work: Work;
  readonly worker: string;
}

/** Who did a job: what may change bits. */
export const workerName = (engine: string, threads: number): string => `${engine}, ${threads} threads`;

/**
 * Makes this process one that does the jobs of another, which has started it as a `ProcessPlan` says, until that one is
 * gone.
 *
 * @param registryOf - loads the plugins, from what the plan says of them
 */
export function jobProcess(registryOf: (plugins: unknown) => Promise<Registry>): void {
  // Ctrl-C goes to all processes of a terminal: whoever started this one says when to stop
  process.on('SIGINT', () => undefined);
  // and without it there is nobody to work for
  process.on('disconnect', () => process.exit());
  let bench: Promise<Bench> | undefined;
  let stop = new AbortController();
  process.on('message', (message: JobRequest | typeof STOP | typeof QUIT) => {
    if (message === QUIT) process.exit();
    if (message === STOP) {
      stop.abort();
      return;
    }
    stop = new AbortController();
    const { job, setup, plugins } = message;
    bench ??= registryOf(plugins).then((registry) => benchOf(setup as ProcessSetup, registry));
    void bench
      .then((made) => done(job, { signal: stop.signal, observer: {} }, made))
      .then(
        (result): JobAnswer => ({ result }),
        (error: unknown): JobAnswer => ({ error: sentError(error) }),
      )
      .then((answer) => process.send?.(answer));
  });
}

async function benchOf({ store: folder, checkpoints, engine: wanted, threads }: ProcessSetup, registry: Registry): Promise<Bench> {
  const store = new JobStore(new FolderBlobs(folder));
  const { engine, version } = await selectEngine(registry.all('engine'), wanted, threads);
  const work = workIn({
    ...{ registry, engine, store, datasets: new Map() },
    checkpoints: new FolderCheckpoints(checkpoints.folder, checkpoints.fingerprint),
  });
  return { store, work, worker: workerName(version, engine.threads) };
}
