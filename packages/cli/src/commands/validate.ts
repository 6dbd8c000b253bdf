import type { ExperimentConfig, ResolvedExperiment } from '@farzi/core';
import { stringify } from 'yaml';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { prepare, type SetOptions } from '../prepare.js';

/** Checks an experiment without running it, and shows it with every default filled in. */
export async function validate(file: string, options: SetOptions, io: Io): Promise<number> {
  const { loaded, experiment } = await prepare(file, options);
  io.stdout.write(`# ${file}: ok\n${stringify(complete(loaded.config, experiment))}`);
  return exitCodes.ok;
}

/** A configuration with the defaults of its contributions, too. */
function complete(config: ExperimentConfig, { dataset, model, students, metaOptimizer }: ResolvedExperiment): unknown {
  const withId = ({ definition, options }: { readonly definition: { readonly id: string }; readonly options: unknown }): unknown => ({
    id: definition.id,
    ...(options as object),
  });
  return {
    ...config,
    dataset: withId(dataset),
    model: withId(model),
    ...(config.students === undefined ? {} : { students: students.map(withId) }),
    distillation: { ...config.distillation, metaOptimizer: withId(metaOptimizer) },
  };
}
