import { farzi } from '../distill/farzi.js';
import { builtInEngines } from '../engine/built-in.js';
import { inline } from '../executor/inline.js';
import { processes } from '../executor/processes.js';
import { builtInMetrics } from '../evaluation/metrics/index.js';
import { adam, adamSchema } from '../optimizer/adam.js';
import { constantRate, cosineRate, cosineSchema } from '../optimizer/schedule.js';
import { sgd, sgdSchema } from '../optimizer/sgd.js';
import { noOptions } from '../options/schema.js';
import { builtInCodecs } from '../storage/codecs/index.js';
import { builtInArms } from '../student/arms/index.js';
import { randomInitialisation, teacherInitialisation } from '../synthetic/initialisation.js';
import { builtInTrajectories } from '../unroll/trajectories.js';
import { coreVersion } from '../version.js';
import { defineOptimizer, definePlugin, defineSchedule } from './define.js';

/** What this package itself contributes, as a plugin like any other. */
export const builtInPlugin = definePlugin({
  name: '@farzi/core',
  core: coreVersion,
  engines: builtInEngines,
  executors: [inline, processes],
  metrics: builtInMetrics,
  optimizers: [
    defineOptimizer({ id: 'adam', schema: adamSchema, create: adam }),
    defineOptimizer({ id: 'sgd', schema: sgdSchema, create: sgd }),
  ],
  schedules: [
    defineSchedule({ id: 'constant', schema: noOptions, create: () => constantRate }),
    defineSchedule({ id: 'cosine', schema: cosineSchema, create: cosineRate }),
  ],
  initialisations: [teacherInitialisation, randomInitialisation],
  trajectories: builtInTrajectories,
  codecs: builtInCodecs,
  arms: builtInArms,
  metaOptimizers: [farzi],
});
