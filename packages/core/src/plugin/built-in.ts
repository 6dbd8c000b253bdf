import { createFarzi, farziSchema } from '../distill/farzi.js';
import { builtInEngines } from '../engine/select.js';
import { adam, adamSchema } from '../optimizer/adam.js';
import { sgd, sgdSchema } from '../optimizer/sgd.js';
import { coreVersion } from '../version.js';
import { defineMetaOptimizer, defineOptimizer, definePlugin } from './define.js';

/** What this package itself contributes, as a plugin like any other. */
export const builtInPlugin = definePlugin({
  name: '@farzi/core',
  core: coreVersion,
  engines: builtInEngines,
  optimizers: [
    defineOptimizer({ id: 'adam', schema: adamSchema, create: adam }),
    defineOptimizer({ id: 'sgd', schema: sgdSchema, create: sgd }),
  ],
  metaOptimizers: [defineMetaOptimizer({ id: 'farzi', schema: farziSchema, create: createFarzi })],
});
