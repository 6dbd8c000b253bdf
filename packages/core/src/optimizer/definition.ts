import { MadeOnce } from '../options/made-once.js';
import type { Configured } from '../options/configured.js';
import type { OptionsSchema } from '../options/schema.js';
import type { Optimizer } from './optimizer.js';

/** A way to train: see {@link Optimizer} for what it builds. */
export interface OptimizerDefinition<Options = never> {
  readonly id: string;
  readonly schema: OptionsSchema;
  create(options: Options): Optimizer;
}

const optimizers = new MadeOnce<OptimizerDefinition, Optimizer>(8);

/** A configured optimizer: the same one for the same options, so that programs with it are recorded once. */
export function optimizerOf({ definition, options }: Configured<OptimizerDefinition>): Optimizer {
  return optimizers.of(definition, options, () => definition.create(options as never));
}
