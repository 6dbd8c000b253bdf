import { checkExperiment, type Estimated, estimateLines, estimateWithData, stringifyExact } from '@farzi/core';
import { stringify } from 'yaml';
import { dataDirectoriesOf, type DataOptions } from '../data-directories.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { prepare, type PreparedExperiment, type SetOptions } from '../prepare.js';
import { usualExecutor } from '../processes.js';

/** Options of `farzi validate`. */
export interface ValidateOptions extends SetOptions, DataOptions {
  readonly estimate?: boolean;
  readonly json?: boolean;
}

/** Checks an experiment without running it, and shows it with every default filled in. */
export async function validate(file: string, options: ValidateOptions, io: Io): Promise<number> {
  const prepared = await prepare(file, { ...options, usualExecutor: usualExecutor(io) });
  const { experiment, registry } = prepared;
  await checkExperiment(experiment, registry);
  const estimated = options.estimate === true ? await estimateOf(prepared, options, io) : undefined;
  if (options.json === true) {
    io.stdout.write(`${stringifyExact({ file, config: experiment.config, ...estimated }, 2)}\n`);
    return exitCodes.ok;
  }
  // as comments
  const lines = estimated === undefined ? [] : estimateLines(estimated.estimate, estimated.limit);
  const comments = lines.map((line) => `# ${line}`.trimEnd() + '\n').join('');
  io.stdout.write(`# ${file}: ok\n${comments}${stringify(experiment.config)}`);
  return exitCodes.ok;
}

/** What the experiment is expected to take. */
function estimateOf({ experiment, registry, loaded }: PreparedExperiment, options: DataOptions, io: Io): Promise<Estimated> {
  return estimateWithData(experiment, registry, {
    dataDirectories: dataDirectoriesOf(options, io),
    configDirectory: loaded.directory,
    progress: () => undefined,
  });
}
