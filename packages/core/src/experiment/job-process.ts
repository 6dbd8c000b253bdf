import { done } from '../executor/executor.js';
import type { JobRequest } from '../executor/processes.js';
import { respondWith } from '../executor/respond.js';
import type { Registry } from '../plugin/registry.js';
import { type Bench, benchOf, type ProcessSetup } from './bench.js';

/**
 * Makes this process one that does the jobs of another, which has started it as a `ProcessPlan` says, until that one is
 * gone.
 *
 * @param registryOf - loads the plugins, from what the plan says of them
 */
export function jobProcess(registryOf: (plugins: unknown) => Promise<Registry>): void {
  let bench: Promise<Bench> | undefined;
  respondWith(async ({ job, setup, plugins }: JobRequest, signal) => {
    bench ??= registryOf(plugins).then((registry) => benchOf(setup as ProcessSetup, registry));
    return done(job, { signal, observer: {} }, await bench);
  });
}
