import { basename, extname, join } from 'node:path';
import { stringifyExact } from '@farzi/core';
import { dataDirectoriesOf, type DataOptions } from '../data-directories.js';
import { execute } from '../execute.js';
import { exitCodes } from '../exit.js';
import { Interrupt, wasInterrupted } from '../interrupt.js';
import type { Io } from '../io.js';
import { withOrigins } from '../origins.js';
import { prepare, type SetOptions } from '../prepare.js';
import { executedBy, usualExecutor } from '../processes.js';
import { progressReporter } from '../reporters/choose.js';
import { commandLine } from '../shell.js';
import { summaryText, tableStyle } from '../table.js';

/** Options of `farzi run`. */
export interface RunOptions extends SetOptions, DataOptions {
  readonly out?: string;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  /** Id of an executor, instead of the configuration's. */
  readonly executor?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
  /** Show the configuration, and where its values come from, instead of running it. */
  readonly printConfig?: boolean;
}

/** Runs an experiment and shows its results. */
export async function run(file: string, options: RunOptions, io: Io): Promise<number> {
  const runDirectory = options.out ?? join('runs', basename(file, extname(file)));
  const { set = [], executor } = options;
  const prepared = await prepare(file, {
    set: [...executedBy(executor), ...set],
    usualExecutor: usualExecutor(io),
  });
  if (options.printConfig === true) {
    io.stdout.write(withOrigins(prepared.experiment.config, prepared.loaded.document));
    return exitCodes.ok;
  }
  const progress = progressReporter(options, io);
  const interrupt = new Interrupt(
    io,
    () => progress.onNote?.('The run is interrupted and saves a checkpoint. Interrupt again to stop at once.'),
    () => {
      progress.close();
    },
  );
  try {
    const summary = await execute(prepared, {
      runDirectory,
      existing: options.overwrite === true ? 'overwrite' : options.resume === true ? 'resume' : 'refuse',
      dataDirectories: dataDirectoriesOf(options, io),
      progress,
      signal: interrupt.signal,
    });
    progress.close();
    io.stdout.write(
      options.json === true
        ? `${stringifyExact({ run: runDirectory, ...summary }, 2)}\n`
        : summaryText(summary, prepared.experiment.selection, runDirectory, tableStyle(io.stdout)),
    );
    return exitCodes.ok;
  } catch (error) {
    progress.close();
    if (!wasInterrupted(error, interrupt.signal)) throw error;
    io.stderr.write(
      `The run was interrupted. To go on where it stopped, run this command:\n  ${resumeCommand(file, options, runDirectory)}\n`,
    );
    return exitCodes.interrupted;
  } finally {
    interrupt.dispose();
  }
}

function resumeCommand(file: string, { set = [], dataDir, executor, quiet, json }: RunOptions, runDirectory: string): string {
  return commandLine([
    ...['farzi', 'run', file],
    ...set.flatMap((override) => ['--set', override]),
    ...['--out', runDirectory],
    ...(executor === undefined ? [] : ['--executor', executor]),
    ...(dataDir === undefined ? [] : ['--data-dir', dataDir]),
    ...(quiet === true ? ['--quiet'] : []),
    ...(json === true ? ['--json'] : []),
    '--resume',
  ]);
}
