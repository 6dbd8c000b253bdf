import { pluginSettings } from '../config/settings.js';
import { selectEngine } from '../engine/select.js';
import type { Work } from '../executor/job.js';
import { JobStore } from '../executor/job-store.js';
import type { Registry } from '../plugin/registry.js';
import { noCheckpoints } from '../storage/checkpoints.js';
import { FolderCheckpoints } from '../storage/folder-checkpoints.js';
import type { Fingerprint } from '../storage/fingerprint.js';
import { openBlobs } from '../storage/store.js';
import { coreVersion } from '../version.js';
import { workIn } from './job-worker.js';

/** What processes that do jobs have in common. */
export interface ProcessSetup {
  /** Where the store is: an absolute path, or an address. */
  readonly store: string;
  /** Where trainings under way are kept; without it they are not. */
  readonly checkpoints?: { readonly folder: string; readonly fingerprint: Fingerprint };
  readonly engine: string;
  /** Of each process. */
  readonly threads: number;
  /** Versions of plugins by their names, where jobs come from elsewhere: those that want others are refused. */
  readonly pluginVersions?: Readonly<Record<string, string>>;
}

/** What jobs are done with. */
export interface Bench {
  readonly store: JobStore;
  readonly work: Work;
  readonly worker: string;
}

/** Who did a job: what may change bits. */
export const workerName = (engine: string, threads: number): string => `${engine}, ${threads} threads`;

/** Versions of what computes: jobs say which they want. */
export const versionsOf = (
  registry: Registry,
  engine: string,
  pluginVersions: Readonly<Record<string, string>> = {},
): Record<string, string> => ({ core: coreVersion, engine, ...pluginSettings(registry.plugins, pluginVersions) });

/** Makes all that this process needs to do jobs that are asked for elsewhere. */
export async function benchOf(setup: ProcessSetup, registry: Registry): Promise<Bench> {
  const { checkpoints, pluginVersions } = setup;
  const store = new JobStore(await openBlobs(setup.store, registry.all('store')));
  const { engine, version } = await selectEngine(registry.all('engine'), setup.engine, setup.threads);
  const work = workIn({
    ...{ registry, engine, store, datasets: new Map() },
    checkpoints: checkpoints === undefined ? noCheckpoints : new FolderCheckpoints(checkpoints.folder, checkpoints.fingerprint),
    ...(pluginVersions === undefined ? {} : { versions: versionsOf(registry, version, pluginVersions) }),
  });
  return { store, work, worker: workerName(version, engine.threads) };
}
