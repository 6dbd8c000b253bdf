import { createFarzi, farziSchema } from '../distill/farzi.js';
import { builtInEngines } from '../engine/select.js';
import { coreVersion } from '../version.js';
import { defineMetaOptimizer, definePlugin } from './define.js';

/** What this package itself contributes, as a plugin like any other. */
export const builtInPlugin = definePlugin({
  name: '@farzi/core',
  core: coreVersion,
  engines: builtInEngines,
  metaOptimizers: [defineMetaOptimizer({ id: 'farzi', schema: farziSchema, create: createFarzi })],
});
