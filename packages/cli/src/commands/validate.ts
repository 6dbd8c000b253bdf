import { checkExperiment } from '@farzi/core';
import { stringify } from 'yaml';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { prepare, type SetOptions } from '../prepare.js';

/** Checks an experiment without running it, and shows it with every default filled in. */
export async function validate(file: string, options: SetOptions, io: Io): Promise<number> {
  const { experiment, registry } = await prepare(file, options);
  await checkExperiment(experiment, registry);
  io.stdout.write(`# ${file}: ok\n${stringify(experiment.config)}`);
  return exitCodes.ok;
}
