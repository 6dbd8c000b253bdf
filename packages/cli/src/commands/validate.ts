import { checkExperiment, estimateLines, estimateWithData } from '@farzi/core';
import { stringify } from 'yaml';
import { dataDirectoriesOf, type DataOptions } from '../data-directories.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { prepare, type PreparedExperiment, type SetOptions } from '../prepare.js';
import { usualExecutor } from '../processes.js';

/** Options of `farzi validate`. */
export interface ValidateOptions extends SetOptions, DataOptions {
  readonly estimate?: boolean;
}

/** Checks an experiment without running it, and shows it with every default filled in. */
export async function validate(file: string, options: ValidateOptions, io: Io): Promise<number> {
  const prepared = await prepare(file, { ...options, usualExecutor: usualExecutor(io) });
  const { experiment, registry } = prepared;
  await checkExperiment(experiment, registry);
  const estimate = options.estimate === true ? await estimateOf(prepared, options, io) : '';
  io.stdout.write(`# ${file}: ok\n${estimate}${stringify(experiment.config)}`);
  return exitCodes.ok;
}

/** What the experiment is expected to take, as comments. */
async function estimateOf({ experiment, registry, loaded }: PreparedExperiment, options: DataOptions, io: Io): Promise<string> {
  const { estimate, limit } = await estimateWithData(experiment, registry, {
    dataDirectories: dataDirectoriesOf(options, io),
    configDirectory: loaded.directory,
    progress: () => undefined,
  });
  return estimateLines(estimate, limit)
    .map((line) => `# ${line}`.trimEnd() + '\n')
    .join('');
}
