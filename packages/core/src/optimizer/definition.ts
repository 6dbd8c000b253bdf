import type { OptionsSchema } from '../options/schema.js';
import type { Optimizer } from './optimizer.js';

/** A way to train: see {@link Optimizer} for what it builds. */
export interface OptimizerDefinition<Options = never> {
  readonly id: string;
  readonly schema: OptionsSchema;
  create(options: Options): Optimizer;
}
