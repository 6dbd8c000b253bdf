import { basename, extname, join } from 'node:path';
import { runExperiment } from '@farzi/core';
import { dataDirectoriesOf, type DataOptions } from '../data-directories.js';
import { exitCodes } from '../exit.js';
import { Interrupt, wasInterrupted } from '../interrupt.js';
import type { Io } from '../io.js';
import { prepare, type PreparedExperiment, type SetOptions } from '../prepare.js';
import { HtmlReport } from '../reporters/html.js';
import { processPlanOf, usualExecutor } from '../processes.js';
import { progressReporter } from '../reporters/choose.js';
import type { ProgressReporter } from '../reporters/progress.js';
import { commandLine } from '../shell.js';
import { summaryText } from '../table.js';
import { pluginVersionsOf } from '../versions.js';

/** Options of `farzi run`. */
export interface RunOptions extends SetOptions, DataOptions {
  readonly out?: string;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  /** Id of an executor, instead of the configuration's. */
  readonly executor?: string;
  readonly quiet?: boolean;
}

/** Runs an experiment and shows its results. */
export async function run(file: string, options: RunOptions, io: Io): Promise<number> {
  const runDirectory = options.out ?? join('runs', basename(file, extname(file)));
  const { set = [], executor } = options;
  const prepared = await prepare(file, {
    set: executor === undefined ? set : [...set, `executor=${JSON.stringify(executor)}`],
    usualExecutor: usualExecutor(io),
  });
  const progress = progressReporter(options, io);
  const interrupt = new Interrupt(
    io,
    () => progress.onNote?.('The run is interrupted and saves a checkpoint. Interrupt again to stop at once.'),
    () => {
      progress.close();
    },
  );
  try {
    const summary = await execute(prepared, options, runDirectory, progress, interrupt.signal, io);
    progress.close();
    const { stdout } = io;
    const style =
      stdout.isTTY === true ? { plain: false, ...(stdout.columns === undefined ? {} : { width: stdout.columns }) } : { plain: true };
    stdout.write(summaryText(summary, prepared.experiment.selection, runDirectory, style));
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

function execute(
  { loaded, registry, experiment }: PreparedExperiment,
  options: RunOptions,
  runDirectory: string,
  progress: ProgressReporter,
  signal: AbortSignal,
  io: Io,
) {
  return runExperiment({
    experiment,
    registry,
    configDirectory: loaded.directory,
    runDirectory,
    existing: options.overwrite === true ? 'overwrite' : options.resume === true ? 'resume' : 'refuse',
    dataDirectories: dataDirectoriesOf(options, io),
    pluginVersions: pluginVersionsOf(registry.plugins, loaded.directory, loaded.config.plugins),
    processPlan: processPlanOf(loaded),
    reporters: [progress, new HtmlReport(experiment.config, experiment.selection)],
    signal,
  });
}

function resumeCommand(file: string, { set = [], dataDir, executor, quiet }: RunOptions, runDirectory: string): string {
  return commandLine([
    ...['farzi', 'run', file],
    ...set.flatMap((override) => ['--set', override]),
    ...['--out', runDirectory],
    ...(executor === undefined ? [] : ['--executor', executor]),
    ...(dataDir === undefined ? [] : ['--data-dir', dataDir]),
    ...(quiet === true ? ['--quiet'] : []),
    '--resume',
  ]);
}
