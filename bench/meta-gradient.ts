/**
 * Times a meta-gradient through T Adam steps on random synthetic data beside T plain training steps, and prints one JSON line.
 *
 *   pnpm bench:meta-gradient --vocabulary 1682 --length 50 --batch 50 --width 64 --blocks 2 --rank 16 --steps 20 --trajectory stored
 *   pnpm bench:meta-gradient --task language --vocabulary 10000 --length 35 --batch 20 --width 128
 *
 * The model is SASRec, or for language the Transformer. Times are the best of `--repeats` (3) after a warm-up.
 */
import { parseArgs } from 'node:util';
import { builtInEngines, selectEngine } from '../packages/core/src/engine/select.js';
import type { TrajectoryKind } from '../packages/core/src/unroll/trajectory.js';
import { fastest, repeated } from './timing.js';
import { UnrolledWorkload } from './unrolled.js';
import { Workload, workloadOptions, workloadSizes } from './workload.js';

const { values } = parseArgs({
  options: {
    ...workloadOptions,
    steps: { type: 'string', default: '20' },
    trajectory: { type: 'string', default: 'stored' },
    engine: { type: 'string', default: 'auto' },
    threads: { type: 'string', default: '0' },
    repeats: { type: 'string', default: '3' },
  },
});
const steps = Number(values.steps);
const sizes = workloadSizes(values);
const repetition = { repeats: Number(values.repeats), patience: Infinity };

const { engine } = await selectEngine(builtInEngines, values.engine, Number(values.threads));
const workload = new Workload(sizes);
const unrolled = await UnrolledWorkload.compile(engine, workload, steps, values.trajectory as TrajectoryKind);

const plainTrainingSeconds = fastest(await repeated(() => unrolled.plainTraining(), repetition));
const metaGradientSeconds = fastest(await repeated(() => unrolled.metaGradient(async () => undefined), repetition));
const round = (value: number): number => Number(value.toPrecision(4));
console.log(
  JSON.stringify({
    workload: { ...sizes, steps, trajectory: values.trajectory, parameters: workload.model.layout.size },
    engine: engine.id,
    threads: engine.threads,
    metaGradientSeconds: round(metaGradientSeconds),
    plainTrainingSeconds: round(plainTrainingSeconds),
    ratio: round(metaGradientSeconds / plainTrainingSeconds),
    stepMilliseconds: round((1000 * plainTrainingSeconds) / steps),
    reverseStepMilliseconds: round((1000 * (metaGradientSeconds - plainTrainingSeconds)) / steps),
    peakRssMB: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
);
