import { done } from '../executor/executor.js';
import { type JobAnswer, type JobRequest, QUIT, sentError, STOP } from '../executor/messages.js';
import type { Registry } from '../plugin/registry.js';
import { type Bench, benchOf, type ProcessSetup } from './bench.js';

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
