import { type ContributionConfig, type Job, jobId, serveJobs } from '@farzi/core';
import { errorText } from '../error-text.js';
import { exitCodes } from '../exit.js';
import { Interrupt } from '../interrupt.js';
import type { Io } from '../io.js';
import { commandLineFile, type PluginOptions, registryOf } from '../prepare.js';
import { processPlanWith } from '../processes.js';
import { pluginVersionsOf } from '../versions.js';

/** Options of `farzi worker`. */
export interface WorkerOptions extends PluginOptions {
  readonly store: string;
  readonly url?: string;
  readonly queue?: string;
  readonly workers: number;
  readonly threads?: number;
  readonly engine?: string;
  readonly executor?: string;
}

/** What hands out jobs where nothing else is named, and the package that brings it. */
const USUAL = { executor: 'bullmq', plugin: '@farzi/executor-bullmq' };

/** Does jobs of runs on other machines, and says one line about each. */
export async function worker(options: WorkerOptions, io: Io): Promise<number> {
  const { store, url, queue, workers, threads = 0, engine = 'auto', executor = USUAL.executor } = options;
  const specifiers = await withUsual(options, executor);
  const registry = await registryOf({ plugin: specifiers });
  const say = (line: string): void => io.stdout.write(`${line}\n`);
  const interrupt = new Interrupt(
    io,
    () => {
      say('The worker stops, and gives back what it works on. Interrupt again to stop at once.');
    },
    () => undefined,
  );
  const place: ContributionConfig = {
    ...{ id: executor, store },
    ...(url === undefined ? {} : { url }),
    ...(queue === undefined ? {} : { queue }),
  };
  try {
    await serveJobs({
      ...{ registry, engine, workers, threads, executor: place, signal: interrupt.signal },
      pluginVersions: pluginVersionsOf(registry.plugins, process.cwd(), specifiers),
      processPlan: processPlanWith({ specifiers, file: commandLineFile() }),
      observer: {
        onNote: say,
        onJob: (job, seconds, error) => {
          say(`${nameOf(job)}: ${error === undefined ? 'done' : 'failed'} in ${seconds.toFixed(1)} s`);
          if (error !== undefined) io.stderr.write(errorText(error, false));
        },
      },
    });
  } finally {
    interrupt.dispose();
  }
  return interrupt.signal.aborted ? exitCodes.interrupted : exitCodes.ok;
}

/** The plugins that are named, and the one that hands out jobs where none of them does. */
async function withUsual({ plugin = [] }: PluginOptions, executor: string): Promise<readonly string[]> {
  if (executor !== USUAL.executor) return plugin;
  const { entries } = await registryOf({ plugin });
  const there = entries.some(({ kind, id }) => kind === 'executor' && id === executor);
  return there ? plugin : [...plugin, USUAL.plugin];
}

const nameOf = (job: Job): string => `${job.kind} ${jobId(job).slice(0, 12)}`;
